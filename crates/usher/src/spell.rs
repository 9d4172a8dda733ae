//! What fails for a while and is tried again and again: told when that begins and when it ends, not at every try.

/// Whether the last try failed.
#[derive(Debug, Default)]
pub(crate) struct Spell(bool);

/// A change that is worth a line in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn<E> {
    /// The first try that failed, and why.
    Begins(E),
    /// The first try that went well again.
    Ends,
}

impl Spell {
    /// Takes what came of a try.
    pub(crate) fn take<T, E>(&mut self, tried: Result<T, E>) -> Option<Turn<E>> {
        let failed_before = std::mem::replace(&mut self.0, tried.is_err());
        match tried {
            Err(why) if !failed_before => Some(Turn::Begins(why)),
            Ok(_) if failed_before => Some(Turn::Ends),
            Ok(_) | Err(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spell_is_told_at_its_beginning_and_at_its_end() {
        let mut spell = Spell::default();
        let tries = [Ok(()), Err(1), Err(2), Ok(()), Ok(()), Err(3)];
        let told = tries.map(|tried| spell.take(tried));
        assert_eq!(told, [None, Some(Turn::Begins(1)), None, Some(Turn::Ends), None, Some(Turn::Begins(3))]);
    }
}
