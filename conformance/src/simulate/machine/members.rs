//! The members that a machine lists, made for looking at them again and again.

use std::cmp::Ordering;
use std::sync::Arc;

use super::Seen;

/// Members in the order of their ids. Views of a machine that lists the same members one after the other share the ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Members {
    ids: Arc<Vec<Arc<str>>>,
    seen: Vec<Seen>,
}

impl Members {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// The member of that id.
    pub fn get(&self, id: &str) -> Option<Seen> {
        let place = self.ids.binary_search_by(|known| (**known).cmp(id));
        place.ok().map(|place| self.seen[place])
    }

    /// All of them, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Seen)> {
        self.ids
            .iter()
            .zip(&self.seen)
            .map(|(id, seen)| (&**id, *seen))
    }

    /// Walks through two tables at once: every id that stands in one of them, and what both say of it.
    pub fn beside(&self, other: &Members, mut look: impl FnMut(&str, Option<Seen>, Option<Seen>)) {
        if Arc::ptr_eq(&self.ids, &other.ids) {
            for (index, id) in self.ids.iter().enumerate() {
                look(id, Some(self.seen[index]), Some(other.seen[index]));
            }
            return;
        }
        let (mut left, mut right) = (0, 0);
        loop {
            let order = match (self.ids.get(left), other.ids.get(right)) {
                (None, None) => return,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(one), Some(two)) => one.cmp(two),
            };
            let (ours, theirs) = (order.is_le(), order.is_ge());
            let id = if ours {
                &self.ids[left]
            } else {
                &other.ids[right]
            };
            let seen = |from: &Members, at: usize, has: bool| has.then(|| from.seen[at]);
            look(id, seen(self, left, ours), seen(other, right, theirs));
            left += usize::from(ours);
            right += usize::from(theirs);
        }
    }
}

impl<'a> FromIterator<(&'a str, Seen)> for Members {
    fn from_iter<T: IntoIterator<Item = (&'a str, Seen)>>(members: T) -> Self {
        Names::default().share(members)
    }
}

/// The ids of the last view, so that the next one can share them: a machine lists the same members most of the time.
#[derive(Debug, Default)]
pub(super) struct Names(Arc<Vec<Arc<str>>>);

impl Names {
    /// The members of a view, in any order.
    pub(super) fn share<'a>(
        &mut self,
        members: impl IntoIterator<Item = (&'a str, Seen)>,
    ) -> Members {
        let mut listed: Vec<(&str, Seen)> = members.into_iter().collect();
        // Sorted already, as a rule.
        listed.sort_by_key(|(one, _)| *one);
        let is_same = listed.len() == self.0.len()
            && listed
                .iter()
                .zip(self.0.iter())
                .all(|((id, _), known)| *id == &**known);
        if !is_same {
            let name = |(id, _): &(&str, Seen)| {
                let place = self.0.binary_search_by(|known| (**known).cmp(id));
                place.map_or_else(|_| Arc::from(*id), |place| Arc::clone(&self.0[place]))
            };
            self.0 = Arc::new(listed.iter().map(name).collect());
        }
        Members {
            ids: Arc::clone(&self.0),
            seen: listed.into_iter().map(|(_, seen)| seen).collect(),
        }
    }
}
