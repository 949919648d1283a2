//! A simulated API: a clock, rows that come, change and go, and lists of them in any order and in
//! pages of any kind. What it does follows from a seed alone.

mod api;
mod endpoint;
mod random;
mod session;
mod source;

pub use api::{Meddling, SimApi};
pub use endpoint::{Endpoint, Filter, Order, Paging};
pub use random::Random;
pub use session::{Seen, Session, Trouble, What};
pub use source::{
    Collection, DAY, HOUR, Habits, Kind, MINUTE, Removes, SECOND, SimRow, Source, day, instant,
};
