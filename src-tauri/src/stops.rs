//! Revokes of many leases that are under way, so that the page can call off the rest of one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use leasehold_domain::{Code, Problem};
use tokio::sync::watch;

use crate::state::lock;

/// Those under way, by the id that the page chose.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stops(Arc<Mutex<HashMap<String, watch::Sender<bool>>>>);

/// One that is under way. Dropping it takes it off the list.
#[derive(Debug)]
pub(crate) struct UnderWay {
    stops: Stops,
    request_id: String,
    /// Turns true when the rest is to be left as it is.
    pub(crate) stop: watch::Receiver<bool>,
}

impl Stops {
    /// Puts one on the list.
    ///
    /// # Errors
    /// One of this id is under way; calling it off would call off both.
    pub(crate) fn begin(&self, request_id: &str) -> Result<UnderWay, Problem> {
        let mut running = lock(&self.0);
        if running.contains_key(request_id) {
            return Err(Problem::new(
                Code::Busy,
                "A revoke of this request is under way.",
            ));
        }
        let (sender, stop) = watch::channel(false);
        running.insert(request_id.to_owned(), sender);
        Ok(UnderWay {
            stops: self.clone(),
            request_id: request_id.to_owned(),
            stop,
        })
    }

    /// Whether one is under way.
    pub(crate) fn any(&self) -> bool {
        !lock(&self.0).is_empty()
    }

    /// Calls off the rest of one. One that is over has no rest.
    pub(crate) fn stop(&self, request_id: &str) {
        if let Some(sender) = lock(&self.0).get(request_id) {
            sender.send_replace(true);
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        lock(&self.stops.0).remove(&self.request_id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calling_one_off_reaches_that_one_only() {
        let stops = Stops::default();
        let (one, other) = (stops.begin("one").unwrap(), stops.begin("other").unwrap());
        stops.stop("one");
        assert!(*one.stop.borrow() && !*other.stop.borrow());
        stops.stop("unknown");
    }

    #[test]
    fn an_id_is_free_again_when_its_revoke_is_over() {
        let stops = Stops::default();
        let first = stops.begin("r").unwrap();
        assert_eq!(stops.begin("r").unwrap_err().code, Code::Busy);
        stops.stop("r");
        drop(first);
        assert!(!*stops.begin("r").unwrap().stop.borrow());
    }
}
