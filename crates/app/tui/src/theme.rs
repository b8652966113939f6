//! Colours: what each means, in each theme. Whatever is coloured also says it by a word or a sign.

use ratatui::style::{Color, Modifier, Style};

/// What a colour means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Nothing special.
    Plain,
    /// Headings.
    Strong,
    /// Details that may be passed over.
    Faint,
    /// All is well, or a turn runs.
    Good,
    /// Your move, or nearly at a limit.
    Notice,
    /// Wants you now, failed, or past a limit.
    Alarm,
    /// Names of things.
    Name,
    /// Keys to press, what can be chosen.
    Key,
    /// Lines around and between.
    Rule,
    /// What is filled of a bar, and what is drawn of a plot.
    Bar,
    /// What a search found.
    Match,
}

/// A set of colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    /// For dark terminals.
    #[default]
    Dark,
    /// For light ones.
    Light,
    /// Bright on black, nothing faint.
    HighContrast,
    /// No colours: bold, underlined and reversed text only.
    None,
}

impl Theme {
    /// Every theme, in the order in which they are gone through.
    pub const ALL: [Self; 4] = [Self::Dark, Self::Light, Self::HighContrast, Self::None];

    /// Its name in the configuration.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::HighContrast => "high-contrast",
            Self::None => "none",
        }
    }

    /// The theme of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.word() == name)
    }

    /// The one after it.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|theme| *theme == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }

    /// How a role looks. Only the sixteen colours that every terminal has, in the person's own palette.
    #[must_use]
    pub fn style(self, role: Role) -> Style {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        match self {
            Self::None => match role {
                Role::Strong | Role::Alarm | Role::Key => bold,
                Role::Notice | Role::Match => plain.add_modifier(Modifier::UNDERLINED),
                Role::Faint | Role::Rule => plain.add_modifier(Modifier::DIM),
                Role::Plain | Role::Good | Role::Name | Role::Bar => plain,
            },
            Self::Dark => match role {
                Role::Plain => plain,
                Role::Strong => bold,
                // Bright black is the ground itself in some palettes.
                Role::Faint | Role::Rule => plain.add_modifier(Modifier::DIM),
                Role::Good => plain.fg(Color::Green),
                Role::Notice => plain.fg(Color::Yellow),
                Role::Alarm => bold.fg(Color::LightRed),
                Role::Name => plain.fg(Color::Cyan),
                Role::Key => bold.fg(Color::LightBlue),
                Role::Bar => plain.fg(Color::Blue),
                Role::Match => plain.fg(Color::Black).bg(Color::Yellow),
            },
            Self::Light => match role {
                Role::Plain => plain,
                Role::Strong => bold,
                // Bright black is hard to see on white in some palettes, and so is yellow.
                Role::Faint | Role::Rule => plain.add_modifier(Modifier::DIM),
                Role::Good => plain.fg(Color::Green),
                Role::Notice => bold.fg(Color::Magenta),
                Role::Alarm => bold.fg(Color::Red),
                Role::Name => plain.fg(Color::Blue),
                Role::Key => bold.fg(Color::Blue),
                Role::Bar => plain.fg(Color::Blue),
                // White is grey in many palettes: the ground itself is what can be read.
                Role::Match => bold.fg(Color::Blue).add_modifier(Modifier::REVERSED),
            },
            Self::HighContrast => match role {
                Role::Plain | Role::Faint | Role::Rule => plain.fg(Color::White).bg(Color::Black),
                Role::Strong => bold.fg(Color::White).bg(Color::Black),
                Role::Good => bold.fg(Color::LightGreen).bg(Color::Black),
                Role::Notice => bold.fg(Color::LightYellow).bg(Color::Black),
                Role::Alarm => bold.fg(Color::LightRed).bg(Color::Black).add_modifier(Modifier::UNDERLINED),
                Role::Name => bold.fg(Color::LightCyan).bg(Color::Black),
                Role::Key => bold.fg(Color::LightYellow).bg(Color::Black),
                Role::Bar => plain.fg(Color::LightCyan).bg(Color::Black),
                Role::Match => bold.fg(Color::Black).bg(Color::LightYellow),
            },
        }
    }

    /// What lies below everything.
    #[must_use]
    pub fn ground(self) -> Style {
        match self {
            Self::HighContrast => Style::new().fg(Color::White).bg(Color::Black),
            Self::Dark | Self::Light | Self::None => Style::new(),
        }
    }

    /// What is laid over the line that is chosen.
    #[must_use]
    pub fn chosen(self) -> Style {
        match self {
            Self::HighContrast => Style::new().fg(Color::Black).bg(Color::White),
            Self::Dark | Self::Light | Self::None => Style::new().add_modifier(Modifier::REVERSED),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_theme_is_found_by_its_name_and_reached_by_going_on() {
        let mut theme = Theme::Dark;
        for expected in Theme::ALL {
            assert_eq!(theme, expected);
            assert_eq!(Theme::named(theme.word()), Some(theme));
            theme = theme.next();
        }
        assert_eq!((theme, Theme::named("neon")), (Theme::Dark, None));
    }

    #[test]
    fn without_colours_there_are_none() {
        for role in [Role::Plain, Role::Good, Role::Notice, Role::Alarm, Role::Match, Role::Bar, Role::Key] {
            let style = Theme::None.style(role);
            assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
        }
        assert_eq!(Theme::None.chosen().fg, None);
    }
}
