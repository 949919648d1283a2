//! Which partitions are to be read, and from which state.

use std::collections::HashMap;

use super::super::desk::Visible;
use super::super::ledger::{Ticket, VisitId, following};
use super::super::node::{Asked, Opened, Want};
use super::Writer;
use crate::destination::States;
use crate::error::{Error, Result};
use crate::state::State;

/// When a partition is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    Now,
    /// It is being read, for another row of its parent.
    Awaited,
    /// By another load: what leads to it is not done.
    Later,
    /// It was read, or is being read.
    Nothing,
}

/// States that the destination has: of each resource, by partition.
type Found = Vec<HashMap<String, State>>;

impl Writer<'_> {
    /// Says which partitions are to be read, and from which state.
    pub(super) async fn answer(
        &mut self,
        visit: Option<VisitId>,
        wants: Vec<Want>,
        vain: Vec<usize>,
    ) -> Result<Asked, (usize, Error)> {
        let mut found: Found = self.desks.iter().map(|_| HashMap::new()).collect();
        self.look_up(&wants, &mut found).await?;
        let children = visit.map_or(0, |visit| self.ledger.children(visit));
        let mut waits = vec![0; children];
        vain.into_iter().for_each(|child| waits[child] += 1);
        let mut opened = Vec::with_capacity(wants.len());
        let place = visit.map_or(0, |visit| self.ledger.next_place(visit));
        for want in wants {
            let ticket = visit.map(|visit| Ticket { visit, entry: place, child: want.child });
            let need = self.need(&want, &found);
            if need != Need::Nothing
                && let Some(waits) = waits.get_mut(want.child)
            {
                *waits += 1;
            }
            if let (Need::Awaited, Some(ticket)) = (need, ticket) {
                self.ledger.join(want.node, &want.key, ticket);
            }
            // what a child does not read any more is waited for in vain
            let is_halted = self.desks[want.node].common.halt.is_cancelled();
            let is_read = need == Need::Now && !is_halted;
            opened.push(is_read.then(|| self.open(&want, &mut found, ticket)));
        }
        if let Some(visit) = visit {
            self.ledger.reserve(visit, waits);
        }
        Ok(Asked { place, opened })
    }

    /// The states of partitions, and of those who follow them, as far as they are not at hand.
    async fn look_up(&mut self, wants: &[Want], found: &mut Found) -> Result<(), (usize, Error)> {
        let mut missing: Vec<Vec<String>> = vec![Vec::new(); self.desks.len()];
        for want in wants {
            missing[want.node].push(want.key.clone());
            for follower in self.ledger.followers(want.node) {
                missing[*follower].push(following(&want.key));
            }
        }
        for (node, mut keys) in missing.into_iter().enumerate() {
            keys.retain(|key| self.ledger.state(node, key).is_none());
            let Some(load) = self.desks[node].load.as_ref().filter(|_| !keys.is_empty()) else {
                continue;
            };
            if self.desks[node].is_stateless || load.write.refresh {
                continue;
            }
            let states = self.destination.states(load, States::Of(&keys)).await;
            found[node].extend(states.map_err(|error| (node, error))?);
        }
        Ok(())
    }

    /// Whether a partition is to be read: not while it is being read, nor again for the same row of its
    /// parent.
    fn need(&self, want: &Want, found: &Found) -> Need {
        match self.ledger.is_read_for(want.node, &want.key) {
            Some(version) if want.is_settled && version != want.version.as_ref() => {
                // its reading began after the change of a row that is older than the load
                if want.is_of_time() { Need::Awaited } else { Need::Later }
            }
            // a row that has changed since the load began comes again with the next one
            Some(_) => Need::Nothing,
            None if self.is_new(want, found) => Need::Now,
            None => Need::Nothing,
        }
    }

    /// Whether a partition was not read yet for the row of its parent.
    fn is_new(&self, want: &Want, found: &Found) -> bool {
        let desk = &self.desks[want.node];
        if desk.is_stateless {
            return !desk.read.contains(&want.key);
        }
        let at_hand = self.ledger.state(want.node, &want.key);
        let Some(state) = at_hand.or_else(|| found[want.node].get(&want.key)) else {
            return true;
        };
        let is_known = match &want.version {
            Some(version) => {
                let is_of_load = state.load_id == self.ledger.load_id(want.node);
                // read for another row of the parent, after this one had changed
                let is_covered = is_of_load && want.is_settled && want.is_of_time();
                state.parent.as_ref() == Some(version) || is_covered
            }
            None => desk.pass != 0 && state.pass == Some(desk.pass),
        };
        let is_known = is_known && desk.descendants.iter().all(|name| state.with.contains(name));
        !(is_known && state.complete && self.is_followed_up(want, state, found))
    }

    /// Whether the children of appended rows, which do not wait for them, have come as far.
    fn is_followed_up(&self, want: &Want, state: &State, found: &Found) -> bool {
        let key = following(&want.key);
        let followers = self.ledger.followers(want.node).iter();
        let mut remembering = followers.filter(|follower| self.desks[**follower].load.is_some());
        self.desks[want.node].visible != Visible::WithScans
            || remembering.all(|follower| {
                let at_hand = self.ledger.state(*follower, &key);
                let follower = at_hand.or_else(|| found[*follower].get(&key));
                follower
                    .is_some_and(|follower| follower.complete && follower.cursor >= state.cursor)
            })
    }

    fn open(&mut self, want: &Want, found: &mut Found, ticket: Option<Ticket>) -> Opened {
        let Want { node, key, version, .. } = want;
        if self.desks[*node].is_stateless {
            self.desks[*node].read.insert(key.clone());
        }
        let followers = self.ledger.followers(*node).to_vec();
        let keys = followers.iter().map(|follower| (*follower, following(key)));
        let keys: Vec<_> = keys.collect();
        let mut hold = |node: usize, key: &String| {
            self.ledger.hold(node, key, found[node].remove(key));
            self.ledger.state(node, key).cloned().unwrap_or_default()
        };
        let state = hold(*node, key);
        let followers = keys.iter().map(|(follower, key)| hold(*follower, key)).collect();
        let id = self.ledger.open(*node, key, ticket, version.clone());
        Opened { id, state, followers }
    }
}
