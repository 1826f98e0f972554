//! A queue of events for millions of them: a radix heap (Ahuja, Mehlhorn, Orlin and Tarjan 1990, *Faster algorithms for the shortest path
//! problem*, Journal of the ACM 37).
//!
//! What is taken out never gets earlier, so an event needs to be ordered only as finely as it is near: bucket *b* holds those whose time
//! differs from that of the last one taken in bit *b* - 1 and in none above. An event is copied down the buckets, at most once for each
//! bit and always beside its neighbours, where a binary heap of a million jumps about in memory twenty times for each event.

use std::collections::VecDeque;

use crate::time::Micros;

/// One for each bit of a time, and one for no differing bit.
const BUCKETS: usize = 65;

/// Events by time; those of the same moment in the order in which they were put in.
#[derive(Debug)]
pub struct RadixHeap<E> {
    /// The time of the event that was taken last, and of all in `now`.
    last: u64,
    now: VecDeque<E>,
    /// In each bucket in the order in which they were put in; bucket 0 is empty, as its events are in `now`.
    later: [Vec<(u64, E)>; BUCKETS],
}

impl<E> Default for RadixHeap<E> {
    fn default() -> Self {
        RadixHeap {
            last: 0,
            now: VecDeque::new(),
            later: [const { Vec::new() }; BUCKETS],
        }
    }
}

impl<E> RadixHeap<E> {
    /// Puts an event in. A time before that of the event that was taken last counts as that.
    pub fn push(&mut self, at: Micros, event: E) {
        self.place(at.0.max(self.last), event);
    }

    /// Takes the next event out.
    pub fn pop(&mut self) -> Option<(Micros, E)> {
        if self.now.is_empty() {
            self.advance()?;
        }
        let event = self.now.pop_front()?;
        Some((Micros(self.last), event))
    }

    fn place(&mut self, at: u64, event: E) {
        match self.bucket(at) {
            0 => self.now.push_back(event),
            bucket => self.later[bucket].push((at, event)),
        }
    }

    fn bucket(&self, at: u64) -> usize {
        (u64::BITS - (at ^ self.last).leading_zeros()) as usize
    }

    /// Goes to the time of the next event. `None` if there is none.
    fn advance(&mut self) -> Option<()> {
        let nearest = self.later.iter().position(|bucket| !bucket.is_empty())?;
        let mut events = std::mem::take(&mut self.later[nearest]);
        self.last = events.iter().map(|(at, _)| *at).min()?;
        // Each falls into a lower bucket, and events of one time stay in their order.
        for (at, event) in events.drain(..) {
            self.place(at, event);
        }
        // The room is kept for those to come.
        self.later[nearest] = events;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;
    use crate::world::EventQueue;

    #[test]
    fn events_come_as_from_a_queue_that_compares_them() {
        let mut stream = Stream::new(1, "heap");
        let (mut radix, mut binary) = (RadixHeap::default(), EventQueue::default());
        let mut now = Micros::ZERO;
        for number in 0..50_000u32 {
            // Many of one moment, some far off.
            let reach = 1 << (4 * stream.below(10));
            let at = now + Micros(stream.below_u64(reach));
            radix.push(at, number);
            binary.push(at, number);
            for _ in 0..stream.below(3) {
                let next = binary.pop();
                assert_eq!(radix.pop(), next);
                now = next.map_or(now, |(at, _)| at);
            }
        }
        while let Some(next) = binary.pop() {
            assert_eq!(radix.pop(), Some(next));
        }
        assert_eq!(radix.pop(), None);
    }

    #[test]
    fn an_event_for_a_moment_that_has_passed_comes_next() {
        let mut heap = RadixHeap::default();
        heap.push(Micros(9), "late");
        heap.push(Micros(7), "first");
        assert_eq!(heap.pop(), Some((Micros(7), "first")));
        heap.push(Micros(3), "past");
        assert_eq!(heap.pop(), Some((Micros(7), "past")));
        assert_eq!(heap.pop(), Some((Micros(9), "late")));
        assert_eq!(heap.pop(), None);
    }
}
