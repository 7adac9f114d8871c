//! The switch for emergencies and previews: how strict a whole server is, whatever its configuration says.

use platlint_engine::Level;

/// How much of a verdict takes effect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Mode {
    /// Levels count as configured.
    #[default]
    Enforce,
    /// Nothing is denied; what would be is a warning.
    Warn,
    /// Nothing is denied, warned of or changed; audit annotations, metrics and the decision log tell.
    Audit,
}

impl Mode {
    /// What is left of a level.
    #[must_use]
    pub fn cap(self, level: Level) -> Level {
        match self {
            Self::Enforce => level,
            Self::Warn => level.min(Level::Warn),
            Self::Audit => level.min(Level::Audit),
        }
    }

    /// As flags, annotations and logs name it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enforce => "enforce",
            Self::Warn => "warn",
            Self::Audit => "audit",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_only_ever_lowers_levels() {
        assert_eq!(Mode::Enforce.cap(Level::Error), Level::Error);
        assert_eq!(Mode::Warn.cap(Level::Error), Level::Warn);
        assert_eq!(Mode::Warn.cap(Level::Audit), Level::Audit);
        assert_eq!(Mode::Audit.cap(Level::Error), Level::Audit);
        assert_eq!(Mode::Audit.cap(Level::Off), Level::Off);
    }
}
