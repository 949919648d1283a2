//! What stands in for a standard stream.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex};

/// Takes lines, and shows them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A reader who takes nothing until he is told to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stalled {
    lines: Lines,
    is_reading: Arc<(Mutex<bool>, Condvar)>,
}

impl Stalled {
    pub(crate) fn read(&self) {
        *self.is_reading.0.lock().unwrap() = true;
        self.is_reading.1.notify_all();
    }

    pub(crate) fn text(&self) -> String {
        self.lines.text()
    }
}

impl Write for Stalled {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (is_reading, begins) = &*self.is_reading;
        let is_reading = is_reading.lock().unwrap();
        drop(begins.wait_while(is_reading, |is_reading| !*is_reading).unwrap());
        self.lines.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
