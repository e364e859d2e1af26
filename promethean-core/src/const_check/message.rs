//! What the checks over several ecosystems say: the texts of [`crate::problem`], put together in
//! constants.

use super::bytes::{HASH_OF_NOTHING, Table, hash};
use crate::diagnostic::HELP;
use crate::problem::texts::{
    AND_MORE, DID_YOU_MEAN, ELSEWHERE, IT_HAS, IT_HAS_NONE, IT_HAS_OR_ELSEWHERE, SHOWN, THERE_IS,
    THERE_IS_NONE, Text, gap,
};
use crate::suggest;

/// A text of a limited length.
#[derive(Clone, Copy)]
pub(super) struct Message {
    bytes: [u8; Message::LONGEST],
    length: usize,
}

impl Message {
    const LONGEST: usize = 2_048;

    pub(super) const fn new() -> Message {
        Message { bytes: [0; Message::LONGEST], length: 0 }
    }

    /// Adds a text; what does not fit is left out.
    pub(super) const fn text(mut self, text: &str) -> Message {
        self.add(text.as_bytes());
        self
    }

    /// A text with its gaps filled, from left to right.
    pub(super) const fn of(text: Text, pieces: &[Filler<'_>]) -> Message {
        let (mut message, text) = (Message::new(), text.0.as_bytes());
        let (mut at, mut piece) = (0, 0);
        while let Some((start, end)) = gap(text, at) {
            message.add(text.split_at(start).0.split_at(at).1);
            if piece < pieces.len() {
                message.add(pieces[piece].bytes());
            }
            piece += 1;
            at = end;
        }
        message.add(text.split_at(at).1);
        message
    }

    /// A number.
    pub(super) const fn number(number: usize) -> Message {
        let (mut message, mut place) = (Message::new(), 1);
        while number / place >= 10 {
            place *= 10;
        }
        while place > 0 {
            message.add(&[b'0' + (number / place % 10) as u8]);
            place /= 10;
        }
        message
    }

    /// Adds bytes as they are.
    pub(super) const fn raw(mut self, bytes: &[u8]) -> Message {
        self.add(bytes);
        self
    }

    /// Adds what to do.
    pub(super) const fn help(self, help: &Message) -> Message {
        self.text(HELP).raw(help.bytes())
    }

    /// Adds what to do.
    pub(super) const fn help_text(self, help: &str) -> Message {
        self.text(HELP).text(help)
    }

    /// What it says.
    pub(super) const fn bytes(&self) -> &[u8] {
        self.bytes.split_at(self.length).0
    }

    const fn add(&mut self, bytes: &[u8]) {
        let mut index = 0;
        while index < bytes.len() && self.length < Message::LONGEST {
            self.bytes[self.length] = bytes[index];
            self.length += 1;
            index += 1;
        }
    }

    /// Stops the build with the message.
    #[track_caller]
    pub(super) const fn fail(&self) -> ! {
        match core::str::from_utf8(self.bytes()) {
            Ok(text) => panic!("{}", text),
            // Cut within a character.
            Err(cut) => match core::str::from_utf8(self.bytes.split_at(cut.valid_up_to()).0) {
                Ok(text) => panic!("{}", text),
                Err(_) => panic!(),
            },
        }
    }
}

/// What fills a gap.
#[derive(Clone, Copy)]
pub(super) enum Filler<'a> {
    /// A name of a signature.
    Name(&'a [u8]),
    /// A text of the table.
    Text(&'a str),
    /// What was put together.
    Message(&'a Message),
}

impl Filler<'_> {
    pub(super) const fn bytes(&self) -> &[u8] {
        match self {
            Filler::Name(bytes) => bytes,
            Filler::Text(text) => text.as_bytes(),
            Filler::Message(message) => message.bytes(),
        }
    }
}

/// The names that there are; the first of them, where they are many.
pub(super) struct Known {
    names: [&'static [u8]; Known::MOST],
    length: usize,
    /// How many there are.
    count: usize,
    seen: Table<1_024>,
    /// The agent whose services they are; nothing before names that are on their own.
    agent: &'static [u8],
}

impl Known {
    const MOST: usize = 512;

    pub(super) const fn new() -> Known {
        Known::of_agent(b"")
    }

    /// The services of an agent, which are called `duck.voice`.
    pub(super) const fn of_agent(agent: &'static [u8]) -> Known {
        Known { names: [b""; Known::MOST], length: 0, count: 0, seen: Table::new(), agent }
    }

    /// Adds a name; says whether it is a new one.
    pub(super) const fn add(&mut self, name: &'static [u8]) -> bool {
        if self.seen.get_or_put(hash(name, HASH_OF_NOTHING), 0).is_some() {
            return false;
        }
        self.count += 1;
        if self.length < Known::MOST {
            self.names[self.length] = name;
            self.length += 1;
        }
        true
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// What to do about a unit of another ecosystem that is not among them.
    pub(super) const fn help_for_linked(&self, wanted: &[u8]) -> Message {
        match self.nearest(wanted) {
            Some(nearest) => Message::of(DID_YOU_MEAN, &[Filler::Message(&self.called(nearest))]),
            None if self.count == 0 => Message::new().text(IT_HAS_NONE),
            None => Message::of(IT_HAS, &[Filler::Message(&self.listed())]),
        }
    }

    /// What to do about a unit of this ecosystem that is not among them.
    pub(super) const fn help_for_own(&self, wanted: &[u8]) -> Message {
        match self.nearest(wanted) {
            Some(nearest) => Message::of(DID_YOU_MEAN, &[Filler::Message(&self.called(nearest))]),
            None if self.count == 0 => Message::new().text(ELSEWHERE),
            None => Message::of(IT_HAS_OR_ELSEWHERE, &[Filler::Message(&self.listed())]),
        }
    }

    /// What to do about a template, a set or a service that is not among them.
    pub(super) const fn help_for_name(&self, what: &str, wanted: &[u8]) -> Message {
        match self.nearest(wanted) {
            Some(nearest) => Message::of(DID_YOU_MEAN, &[Filler::Message(&self.called(nearest))]),
            None if self.count == 0 => Message::of(THERE_IS_NONE, &[Filler::Text(what)]),
            None => Message::of(THERE_IS, &[Filler::Message(&self.listed())]),
        }
    }

    /// A name as it is written.
    const fn called(&self, name: &[u8]) -> Message {
        match self.agent {
            b"" => Message::new().raw(name),
            agent => Message::new().raw(agent).text(".").raw(name),
        }
    }

    const fn listed(&self) -> Message {
        let (mut message, mut index) = (Message::new(), 0);
        while index < self.length && index < SHOWN {
            if index > 0 {
                message = message.text(if index + 1 == self.count { " and " } else { ", " });
            }
            message = message.text("`").raw(self.called(self.names[index]).bytes()).text("`");
            index += 1;
        }
        if self.count <= SHOWN {
            return message;
        }
        let more = Message::number(self.count - SHOWN);
        message.raw(Message::of(AND_MORE, &[Filler::Message(&more)]).bytes())
    }

    /// The name that is meant most probably.
    pub(super) const fn nearest(&self, wanted: &[u8]) -> Option<&'static [u8]> {
        let mut least = suggest::allowed(wanted);
        let (mut nearest, mut index) = (None, 0);
        while index < self.length {
            let name = self.names[index];
            let distance = suggest::distance(wanted, name);
            if distance < name.len() && (distance < least || distance == least && nearest.is_none())
            {
                least = distance;
                nearest = Some(name);
            }
            index += 1;
        }
        nearest
    }
}
