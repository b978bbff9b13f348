//! Watches every try of a call, retries of the SDK included, from inside the SDK.
//!
//! The SDK reports only its last try. Whether AWS may have done what was asked depends on all of
//! them, and so do the clock and the pace of the queue.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeDeserializationInterceptorContextMut,
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef, InterceptorContext,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::retry::ErrorKind;
use tokio::time::Instant;

use crate::answer;
use crate::clock::ClockOffset;
use crate::limiter::Limiter;

/// The largest answer read; a full page of IAM's is far below.
const LARGEST_ANSWER: usize = 8 * 1024 * 1024;
/// A larger difference between wall clock and monotonic clock means that the computer slept or its
/// clock was set while the request was under way.
const CLOCK_STEP: Duration = Duration::from_secs(2);

/// The eyes on one call. Clones look at the same call.
#[derive(Debug, Clone)]
pub(crate) struct Watch(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// `<CreateUserResponse`: how the answer of this operation begins.
    root: String,
    clock: ClockOffset,
    limiter: Limiter,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// Whether any try was sent.
    was_sent: bool,
    /// Tries that were sent and not provably refused.
    open_tries: u32,
    /// When the current try left, by both clocks.
    sent: Option<(SystemTime, Instant)>,
    /// The clock offset it was signed with.
    signed_with: i64,
    /// AWS's id of the last answered try.
    request_id: Option<String>,
}

/// Marks an answer whose `Date` moved the clock offset.
#[derive(Debug, Clone, Copy)]
struct ClockMoved;

impl Watch {
    pub(crate) fn new(operation: &str, clock: ClockOffset, limiter: Limiter) -> Self {
        let root = format!("<{operation}Response");
        Self(Arc::new(Inner {
            root,
            clock,
            limiter,
            seen: Mutex::default(),
        }))
    }

    /// Whether AWS may have executed any of the tries.
    pub(crate) fn maybe_done(&self) -> bool {
        self.seen().open_tries > 0
    }

    /// Whether any try left this computer, or tried to.
    pub(crate) fn was_sent(&self) -> bool {
        self.seen().was_sent
    }

    /// AWS's id of the last try it answered.
    pub(crate) fn request_id(&self) -> Option<String> {
        self.seen().request_id.clone()
    }

    /// The state stays sound when a holder panics: every change is one plain assignment.
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[dyn_dispatch_hint]
impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "LeaseholdWatch"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut seen = self.seen();
        seen.was_sent = true;
        seen.open_tries += 1;
        seen.sent = Some((self.0.clock.local(), Instant::now()));
        seen.signed_with = self.0.clock.get();
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response_mut();
        self.seen().request_id = answer::request_id(response);
        if self.learn_the_time(response) {
            response.add_extension(ClockMoved);
        }
        let body = response.take_body();
        *response.body_mut() = match body.content_length() {
            Some(length) if length <= LARGEST_ANSWER as u64 => body,
            _ => SdkBody::from_body_1_x(http_body_util::Limited::new(body, LARGEST_ANSWER)),
        };
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // The SDK takes any 200 for a yes where an operation answers nothing (DeleteAccessKey): a
        // proxy's web page would pass for AWS's word.
        let response = context.response();
        let body = response.body().bytes().unwrap_or_default();
        if response.status().is_success() && !answer::contains(body, self.0.root.as_bytes()) {
            return Err("the answer is not one of this operation".into());
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut seen = self.seen();
        if seen.sent.take().is_none() {
            return Ok(());
        }
        if context.response().is_some_and(answer::took_the_time) {
            self.0.clock.agree(seen.signed_with);
        }
        let Some(Err(error)) = context.output_or_error() else {
            return Ok(());
        };
        let provably_refused = match context.response() {
            Some(response) => {
                let throttled = answer::is_throttle_answer(response);
                if throttled {
                    self.0.limiter.throttled();
                }
                throttled || answer::is_refusal(response.status().as_u16())
            }
            None => error
                .as_connector_error()
                .is_some_and(answer::never_connected),
        };
        if provably_refused {
            seen.open_tries = seen.open_tries.saturating_sub(1);
        }
        Ok(())
    }
}

impl Watch {
    /// Moves the clock offset by the answer's `Date`; says whether it moved.
    fn learn_the_time(&self, response: &HttpResponse) -> bool {
        let headers = response.headers();
        // RFC 9111 section 5.1: an answer with an age comes from a cache, with an old date.
        if headers.get("age").is_some() {
            return false;
        }
        let Some(date) = headers.get("date") else {
            return false;
        };
        let (sent, signed_with) = {
            let seen = self.seen();
            (seen.sent, seen.signed_with)
        };
        let Some((sent, sent_at)) = sent else {
            return false;
        };
        let round_trip = sent_at.elapsed();
        let by_wall = self
            .0
            .clock
            .local()
            .duration_since(sent)
            .unwrap_or_default();
        if by_wall.saturating_sub(round_trip) > CLOCK_STEP {
            return false;
        }
        let taken_with = answer::took_the_time(response).then_some(signed_with);
        let moved = self.0.clock.observe(date, sent, round_trip, taken_with);
        if moved {
            tracing::info!(
                offset_ms = self.0.clock.get(),
                "the clock offset to AWS moved"
            );
        }
        moved
    }
}

/// Has the SDK leave a throttled request alone: only the queue knows when it may be tried again.
#[derive(Debug)]
pub(crate) struct BackToTheQueue;

impl ClassifyRetry for BackToTheQueue {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match context.response().is_some_and(answer::is_throttle_answer) {
            true => RetryAction::RetryForbidden,
            false => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "LeaseholdBackToTheQueue"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// Has a request signed again at once when AWS refused its time and its answer said the right one.
#[derive(Debug)]
pub(crate) struct SignAgain;

impl ClassifyRetry for SignAgain {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let corrected = context.response().is_some_and(|response| {
            response.extension::<ClockMoved>().is_some() && answer::is_clock_answer(response)
        });
        if corrected {
            return RetryAction::retryable_error(ErrorKind::ServerError);
        }
        RetryAction::NoActionIndicated
    }

    fn name(&self) -> &'static str {
        "LeaseholdSignAgain"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::http_status_code_classifier())
    }
}
