//! The entries a mapping has once its `<<` keys are followed.
//!
//! go-yaml v2 puts the entries of a merged map where the `<<` stands: a later key overrides them, and they override an
//! earlier one. In a list of maps the first map wins.

use crate::arena::{Arena, Shape, Style, Tag};
use crate::error::{ReadError, ReadErrorKind};
use crate::scalar::Reading;

/// Whether `key` asks for a merge. YAML 1.2 knows none.
#[inline]
pub(crate) fn is_merge(arena: &Arena<'_>, key: u32, reading: Reading) -> bool {
    if !arena.merges || reading != Reading::Kubernetes {
        return false;
    }
    let data = arena.data(key);
    data.shape == Shape::Scalar
        && match data.tag {
            Tag::None => data.style == Style::Plain,
            Tag::NonSpecific | Tag::Merge => true,
            _ => false,
        }
        && arena.scalar_text(key) == "<<"
}

/// The maps that the value of a `<<` names, those that win last.
pub(crate) fn sources(arena: &Arena<'_>, value: u32) -> Result<Vec<u32>, ReadError> {
    let refused = |at: u32| {
        let message = "`<<` merges a map or a list of maps, and this is neither";
        ReadError::new(ReadErrorKind::InvalidMerge, arena.span(at), message)
    };
    let target = arena.target(value);
    if arena.data(target).shape == Shape::Mapping {
        return Ok(vec![target]);
    }
    // An alias to a list is refused by go-yaml, too.
    if arena.data(value).shape != Shape::Sequence {
        return Err(refused(value));
    }
    let mut maps = Vec::with_capacity(arena.children(value).len());
    for item in arena.children(value).iter().rev() {
        let target = arena.target(*item);
        if arena.data(target).shape != Shape::Mapping {
            return Err(refused(*item));
        }
        maps.push(target);
    }
    Ok(maps)
}

/// Appends the entries of `map` (key and value as written) in the order in which they take effect: of equal keys the last
/// one counts.
pub(crate) fn entries(
    arena: &Arena<'_>,
    map: u32,
    reading: Reading,
    found: &mut Vec<(u32, u32)>,
) -> Result<(), ReadError> {
    for (key, value) in arena.pairs(map) {
        if is_merge(arena, key, reading) {
            for source in sources(arena, value)? {
                entries(arena, source, reading, found)?;
            }
        } else {
            found.push((key, value));
        }
    }
    Ok(())
}
