//! The session that is chosen, beside the list: how it stands, and what was said last.

use claudectl_fleet::format;
use claudectl_fleet::health::Severity;
use claudectl_fleet::session::Session;
use ratatui::layout::Rect;

use super::detail::{agent_lines, fact, maybe, unread, wrapped};
use super::pen::{Parts, Pen};
use super::sessions::state_role;
use super::story;
use crate::dashboard::{Dashboard, Hit, find};
use crate::list::{At, Row};
use crate::text;
use crate::theme::Role;

/// At least so many lines are for what was said last, if there are any.
const LATEST: usize = 6;
/// So many conflicts are named.
const CONFLICTS: usize = 2;
/// Lines of a call that waits.
const CALL_LINES: usize = 12;

impl Dashboard {
    pub(super) fn preview(&mut self, pen: &mut Pen<'_>, area: Rect) {
        self.hits.push((area, Hit::Preview));
        let Some(look) = self.look.take() else { return };
        if let Some(Row { at: At::Group(members), .. }) = self.list.index().map(|at| &self.list.rows()[at]) {
            let members: Vec<&Session> = members.iter().filter_map(|at| look.sessions.get(*at)).collect();
            for (y, line) in (area.y..area.bottom()).zip(group(pen, &members, usize::from(area.width))) {
                pen.parts(Rect { y, height: 1, ..area }, &line);
            }
        }
        let preview = self.preview.take();
        let id = preview.as_ref().map(|preview| preview.session.clone());
        if let Some(session) = id.as_deref().and_then(|id| find(&look, id)) {
            let agent = preview.as_ref().and_then(|preview| preview.story.agent.clone());
            let width = usize::from(area.width);
            let lines = match agent.and_then(|id| session.subagents.iter().find(|one| one.id == id)) {
                Some(agent) => agent_lines(pen, agent, session, width),
                None => self.brief(pen, session, width),
            };
            let most = usize::from(area.height).saturating_sub(LATEST).max(usize::from(area.height) / 2);
            let mut y = area.y;
            for line in lines.iter().take(most) {
                pen.parts(Rect { y, height: 1, ..area }, line);
                y += 1;
            }
            let rest = Rect { y, height: area.bottom() - y, ..area };
            if let Some(mut preview) = preview {
                if rest.height > 1 {
                    self.latest(pen, rest, &mut preview);
                }
                self.preview = Some(preview);
            }
        }
        self.look = Some(look);
    }

    /// The end of what was said.
    fn latest(&self, pen: &mut Pen<'_>, area: Rect, preview: &mut crate::detail::Detail) {
        pen.rule(Rect { height: 1, ..area }, "latest");
        let area = Rect { y: area.y + 1, height: area.height - 1, ..area };
        story::refresh(preview, &self.options.zone, self.now, pen.glyphs, usize::from(area.width));
        if let Some(note) = unread(preview) {
            pen.text(area, Role::Faint, &note);
            return;
        }
        let lines = preview.lines.as_ref().map(|lines| lines.lines.as_slice()).unwrap_or_default();
        let from = lines.len().saturating_sub(usize::from(area.height));
        // No blank lines at the top, where nothing is to be kept apart.
        let from = from + lines[from..].iter().take_while(|(_, line)| line.is_empty()).count();
        let lines = preview.lines.iter().flat_map(|lines| lines.from(from));
        for (y, (line, _)) in (area.y..area.bottom()).zip(lines) {
            pen.parts(Rect { y, height: 1, ..area }, &line);
        }
    }

    /// What one wants to know of a session before it is opened.
    fn brief(&self, pen: &Pen<'_>, session: &Session, width: usize) -> Vec<Parts> {
        let mut lines = vec![vec![
            (Role::Strong, text::clean(session.name.as_deref().unwrap_or(&session.project))),
            (Role::Faint, format!("  {}", format::short_id(&text::clean(&session.id)))),
        ]];
        self.doing(pen, &mut lines, session, width, (CALL_LINES, CONFLICTS));
        for finding in session.health.iter().filter(|finding| finding.severity >= Severity::Warning).take(3) {
            let role = if finding.severity == Severity::Critical { Role::Alarm } else { Role::Notice };
            wrapped(&mut lines, &finding.severity.to_string(), role, &finding.message, width, 2);
        }
        self.figures(pen, &mut lines, session, width);
        maybe(&mut lines, "folder", session.cwd.as_deref().map(|cwd| self.short(cwd)), width);
        let branch =
            session.branch.clone().into_iter().chain(session.worktree.as_deref().map(|at| self.short(at)));
        let branch: Vec<String> = branch.collect();
        maybe(&mut lines, "branch", Some(branch.join(", ")).filter(|branch| !branch.is_empty()), width);
        maybe(&mut lines, "model", session.model.clone(), width);
        for agent in session.subagents.iter().filter(|agent| agent.state == "running").take(4) {
            let what = agent.description.as_deref().unwrap_or_default();
            fact(&mut lines, "subagent", &format!("{} {what}", agent.kind), width);
        }
        if let Some(error) = session.recent_errors.last() {
            let age = error.at.map(|at| format!(", {} ago", format::age(self.now - at))).unwrap_or_default();
            let text = format!("{}: {}{age}", error.tool, error.message);
            wrapped(&mut lines, "last error", Role::Plain, &text, width, 2);
        }
        lines
    }
}

/// The sessions of a project, and what each does.
fn group(pen: &Pen<'_>, members: &[&Session], width: usize) -> Vec<Parts> {
    let Some(first) = members.first() else { return Vec::new() };
    let mut lines = vec![vec![(Role::Strong, text::clean(&first.project))]];
    for session in members {
        let (state, name) =
            (session.status.state, text::clean(session.name.as_deref().unwrap_or(&session.id)));
        lines.push(Vec::new());
        lines.push(vec![
            (state_role(state), format!("{} {}  ", pen.glyphs.sign(state), state.word())),
            (Role::Name, name),
            (Role::Plain, format!("  {}", session.cost.usd)),
        ]);
        if let Some(detail) = &session.status.detail {
            let detail = text::wrap_ends(detail, width.saturating_sub(2).max(10), 3, pen.glyphs);
            lines.extend(detail.into_iter().map(|line| vec![(Role::Plain, format!("  {line}"))]));
        }
        let branch = session.branch.as_deref().map(text::clean);
        lines.extend(branch.map(|branch| vec![(Role::Faint, format!("  on {branch}"))]));
    }
    lines
}
