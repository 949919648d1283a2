//! One request.

use super::{PageFacts, Paginator, Path, Position, Problem, Step};

/// `paginator = single_page`, or none.
#[derive(Debug)]
pub(super) struct SinglePage;

impl Paginator for SinglePage {
    fn captures(&self) -> Vec<Path> {
        Vec::new()
    }

    fn first(&self) -> Position {
        Position::default()
    }

    fn advance(&mut self, _: &PageFacts) -> Result<Step, Problem> {
        Ok(Step::End)
    }
}
