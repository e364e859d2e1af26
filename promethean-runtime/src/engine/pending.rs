//! The requests of a session that are not answered yet.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// What is done with an answer.
type Reply<A> = Box<dyn FnOnce(A) + Send>;

/// Who waits for which answer, by the number of the request.
///
/// Each reply is called once: with its answer, or when it is known that none comes.
pub struct Pending<A>(Mutex<Option<HashMap<u64, Reply<A>>>>);

impl<A> Default for Pending<A> {
    fn default() -> Self {
        Pending(Mutex::new(Some(HashMap::new())))
    }
}

impl<A> fmt::Debug for Pending<A> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Pending").finish_non_exhaustive()
    }
}

impl<A> Pending<A> {
    /// Notes who waits for an answer.
    ///
    /// # Errors
    ///
    /// No more answers come: gives `reply` back.
    pub fn insert<R>(&self, id: u64, reply: R) -> Result<(), R>
    where
        R: FnOnce(A) + Send + 'static,
    {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            Some(replies) => {
                replies.insert(id, Box::new(reply));
                Ok(())
            }
            None => Err(reply),
        }
    }

    /// Passes an answer on; one that nobody waits for is dropped.
    pub fn answer(&self, id: u64, answer: A) {
        let mut replies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let reply = replies.as_mut().and_then(|replies| replies.remove(&id));
        // A reply may ask for more.
        drop(replies);
        if let Some(reply) = reply {
            reply(answer);
        }
    }

    /// Tells all who wait that no more answers come.
    pub fn end(&self, answer: impl Fn() -> A) {
        let replies = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        for reply in replies.into_iter().flat_map(HashMap::into_values) {
            reply(answer());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::Pending;

    #[test]
    fn each_reply_is_called_once() {
        let pending = Pending::<u32>::default();
        let (sender, receiver) = mpsc::channel();
        let reply = |id: u64| {
            let sender = sender.clone();
            move |answer| sender.send((id, answer)).unwrap()
        };
        for id in [1, 2, 3] {
            assert!(pending.insert(id, reply(id)).is_ok());
        }
        pending.answer(2, 20);
        pending.answer(2, 21);
        pending.answer(4, 40);
        assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [(2, 20)]);
        pending.end(|| 0);
        let mut rest: Vec<_> = receiver.try_iter().collect();
        rest.sort_unstable();
        assert_eq!(rest, [(1, 0), (3, 0)]);
        let Err(reply) = pending.insert(5, reply(5)) else { panic!("answers have ended") };
        reply(50);
        assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [(5, 50)]);
    }
}
