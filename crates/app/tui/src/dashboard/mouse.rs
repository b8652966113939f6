//! Clicks and the wheel.

use ratatui::crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::{Ask, DOUBLE_MS, Dashboard, Hit, Overlay, Page, WHEEL};
use crate::list::RowId;
use crate::palette::Chosen;

impl Dashboard {
    pub(super) fn mouse(&mut self, mouse: MouseEvent) -> Vec<Ask> {
        match mouse.kind {
            MouseEventKind::ScrollUp => return self.wheel(-WHEEL),
            MouseEventKind::ScrollDown => return self.wheel(WHEEL),
            MouseEventKind::Down(MouseButton::Left) => return self.click(mouse),
            _ => {}
        }
        Vec::new()
    }

    pub(super) fn wheel(&mut self, by: isize) -> Vec<Ask> {
        match &mut self.overlay {
            Some(Overlay::Help { top }) => *top = top.saturating_add_signed(by),
            Some(Overlay::Palette(palette)) => palette.at = palette.at.saturating_add_signed(by.signum()),
            Some(Overlay::Prompt(prompting)) => prompting.top = prompting.top.saturating_add_signed(by),
            None => return self.scroll(by),
        }
        Vec::new()
    }

    pub(super) fn click(&mut self, mouse: MouseEvent) -> Vec<Ask> {
        let at = Position::new(mouse.column, mouse.row);
        let hit = self.hits.iter().rev().find(|(area, _)| area.contains(at)).map(|(_, hit)| hit.clone());
        match (&self.overlay, hit) {
            (Some(Overlay::Palette(palette)), Some(Hit::Palette(line))) => {
                let chosen = palette.entries(&self.offered(), self.look.as_ref()).into_iter().nth(line);
                self.overlay = None;
                match chosen.map(|entry| entry.chosen) {
                    Some(Chosen::Action(action)) => self.act(action),
                    Some(Chosen::Session(id)) => self.go_to(id),
                    _ => Vec::new(),
                }
            }
            (Some(_), _) => {
                self.overlay = None;
                Vec::new()
            }
            (None, Some(Hit::Row(line))) => self.click_row(line),
            (None, Some(Hit::Column(sort))) => {
                self.sorted(|list| list.sort_by(sort));
                Vec::new()
            }
            (None, Some(Hit::Page(Page::Search))) => self.search_all(),
            (None, Some(Hit::Page(page))) => self.turn_page(page),
            (None, Some(Hit::Preview)) => self.open(None),
            (None, Some(Hit::Passage(number))) if number == self.searching.at => self.open(None),
            (None, Some(Hit::Passage(number))) => {
                self.searching.at = number;
                Vec::new()
            }
            (None, Some(Hit::Tab(tab))) => {
                if let Some(detail) = &mut self.detail {
                    detail.tab = tab;
                }
                Vec::new()
            }
            (None, Some(Hit::Detail | Hit::Palette(_)) | None) => Vec::new(),
        }
    }

    pub(super) fn click_row(&mut self, line: usize) -> Vec<Ask> {
        self.list.choose_at(line);
        let Some(id) = self.list.chosen().cloned() else { return Vec::new() };
        let again =
            self.clicked.take().is_some_and(|(before, at)| before == id && self.now - at <= DOUBLE_MS);
        if again {
            self.detail = None;
            return self.open(None);
        }
        if let (Some(detail), Some(session)) = (&self.detail, id.session()) {
            let (tab, session) = (detail.tab, session.to_owned());
            let agent = match id {
                RowId::Agent { agent, .. } => Some(agent),
                _ => None,
            };
            return self.show(session, agent, tab);
        }
        self.clicked = Some((id, self.now));
        Vec::new()
    }
}
