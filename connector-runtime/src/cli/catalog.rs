//! What the commands share that look at a destination: how it is named, and how lists of any length are
//! printed.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Arg, ArgMatches};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::apart::apart;
use super::args::{self, Options, Volume};
use super::file::{Readers, Replacement, is_standard_output, is_stream};
use super::said::Said;
use super::settings::{Settings, duration};
use super::{Program, block_on, drive, exit, runtime};
use crate::catalog::Catalog;
use crate::error::{Error, ErrorKind, Result};
use crate::report::Complaints;

const FILE: &str = "FILE";
const LIMIT: &str = "limit";

/// The flags of a command that looks at a destination.
pub(super) fn reading(settings: &Settings) -> impl Iterator<Item = Arg> {
    [&settings.destination, &settings.dataset]
        .map(args::field_arg)
        .into_iter()
        .chain([args::output_format("A table for people, or one JSON document")])
        .chain(args::sources())
}

/// The flags of one that edits what is there.
pub(super) fn writing(settings: &Settings) -> impl Iterator<Item = Arg> {
    reading(settings).chain([args::field_arg(&settings.lease_timeout)])
}

/// A file, or `-` for a standard stream.
pub(super) fn file(help: &'static str) -> Arg {
    Arg::new(FILE).default_value("-").help(help)
}

/// Where lines go, or come from; `None`: a standard stream.
pub(super) fn path(matches: &ArgMatches) -> Option<PathBuf> {
    args::text(matches, FILE).filter(|file| file != "-").map(PathBuf::from)
}

pub(super) fn limit(default: &'static str, help: &'static str) -> Arg {
    let number = clap::value_parser!(u64).range(1..);
    let limit = Arg::new(LIMIT).long(LIMIT).value_name("INTEGER").help(help);
    limit.value_parser(number).default_value(default)
}

pub(super) fn limit_of(matches: &ArgMatches) -> usize {
    let limit = matches.get_one::<u64>(LIMIT).copied().unwrap_or_default();
    usize::try_from(limit).unwrap_or(usize::MAX)
}

/// The result of a command on a destination.
pub(super) trait Told: Serialize {
    /// For people.
    fn text(&self) -> String;

    /// What else is to be said.
    fn complaints(&self) -> Complaints<'_> {
        Complaints::default()
    }
}

/// The same as JSON.
#[derive(Serialize)]
pub(super) struct Document<'a, T> {
    connector: &'static str,
    destination: String,
    #[serde(flatten)]
    result: Option<T>,
    error: Option<&'a Error>,
}

impl Program<'_> {
    /// What the destination knows that the command line or the environment names.
    pub(super) fn catalog(&self, matches: &ArgMatches) -> Result<Catalog> {
        self.refuse_password(matches)?;
        let Settings { destination, dataset, lease_timeout, .. } = self.settings;
        let mut values = self.read(matches, &[destination, dataset, lease_timeout])?;
        let destination = values.take::<String>();
        let destination = self.destination(&destination, values.take())?;
        let catalog = Catalog::new(self.spec, destination);
        let timeout = values.take::<Option<String>>();
        Ok(match timeout.and_then(|text| duration(&text).ok()) {
            Some(timeout) => catalog.lease_timeout(timeout),
            None => catalog,
        })
    }

    /// Edits what is there, or looks at it, while signals are heeded.
    pub(super) fn edit<T>(
        &mut self,
        matches: &ArgMatches,
        edit: impl AsyncFnOnce(&mut Catalog, &CancellationToken) -> Result<T>,
    ) -> (String, Result<T>) {
        let catalog = match self.catalog(matches) {
            Ok(catalog) => catalog,
            Err(error) => return (String::new(), Err(error)),
        };
        let destination = catalog.describe();
        let edited = self.attend(Volume::Normal, None, |_, cancel| async move {
            edit(&mut catalog.cancel_with(cancel.clone()), &cancel).await
        });
        (destination, edited.and_then(|edited| edited))
    }

    /// Prints the result of a command: a text, or a document.
    pub(super) fn tell<T: Told>(
        &mut self,
        matches: &ArgMatches,
        (destination, result): (String, Result<T>),
    ) -> u8 {
        let options = Options::new(matches);
        let connector = self.spec.name;
        let result = result.map_err(Error::advised);
        match &result {
            Ok(value) => {
                let complaints = value.complaints();
                let is_interruption = |error: &&&Error| error.kind() == ErrorKind::Interrupted;
                let interruption = complaints.errors.iter().find(is_interruption);
                let error = interruption.or(complaints.errors.first());
                let code = error.map_or(exit::DONE, |error| exit::of_kind(error.kind()));
                let document =
                    Document { connector, destination, result: Some(value), error: None };
                self.conclude(&options, &document, &value.text(), complaints, code)
            }
            Err(error) => {
                let code = exit::of_kind(error.kind());
                let complaints = Complaints { errors: vec![error], ..Complaints::default() };
                let document =
                    Document::<()> { connector, destination, result: None, error: Some(error) };
                self.conclude(&options, &document, "", complaints, code)
            }
        }
    }

    /// Prints a list as it comes, `next` some of it: tables, or one document that has it as `key`. None
    /// come at its end.
    pub(super) fn list<T: Serialize>(
        &mut self,
        matches: &ArgMatches,
        key: &str,
        mut next: impl AsyncFnMut(&mut Catalog) -> Result<Vec<T>>,
        table: impl Fn(&[T]) -> String,
    ) -> u8 {
        let is_json = Options::new(matches).json;
        let opened = self.catalog(matches).and_then(|catalog| {
            let catalog = catalog.cancel_with(self.cancel());
            Ok((catalog, runtime()?))
        });
        let destination = opened.as_ref().map(|(catalog, _)| catalog.describe());
        let destination = destination.unwrap_or_default();
        if is_json {
            let head =
                serde_json::json!({ "connector": self.spec.name, "destination": destination });
            let head = head.to_string();
            // the list stands behind the other members
            self.print(&format!("{},\"{key}\":[", &head[..head.len() - 1]), exit::DONE);
        }
        let mut count = 0;
        let printed = opened.and_then(|(mut catalog, runtime)| {
            let printed = self.print_all(|| {
                let some = drive(&runtime, next(&mut catalog))?;
                let text = match is_json {
                    _ if some.is_empty() => return Ok(None),
                    true => elements(&some, count > 0),
                    false => table(&some),
                };
                count += some.len();
                Ok(Some(text))
            });
            // a call that does not end is not waited for
            runtime.shutdown_background();
            printed
        });
        let error = match printed {
            Ok(Some(stopped)) => return self.unprinted(&stopped, exit::DONE),
            Ok(None) => None,
            Err(error) => Some(error.advised()),
        };
        let code = error.as_ref().map_or(exit::DONE, |error| exit::of_kind(error.kind()));
        self.over(code);
        if is_json {
            let error = serde_json::to_string(&error).unwrap_or_else(|_| "null".to_owned());
            self.print(&format!("],\"error\":{error}}}\n"), code);
        }
        let mut complaints = Complaints::default();
        if count == 0 && error.is_none() && !is_json {
            complaints.notes.push(format!("there are none in {destination}"));
        }
        complaints.errors.extend(&error);
        self.complain(&self.worded(&complaints), code)
    }

    /// Prints texts as they come. Returns why standard output takes no more, where it does not.
    fn print_all(
        &mut self,
        mut next: impl FnMut() -> Result<Option<String>>,
    ) -> Result<Option<io::Error>> {
        while let Some(text) = next()? {
            // what is held back would be written at the end of the process, which waits for nobody
            let written = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
            if let Err(stopped) = written {
                return Ok(Some(stopped));
            }
        }
        Ok(None)
    }

    /// Writes all `what` of the connector to where the command line says, while signals are heeded.
    pub(super) fn export<E>(&mut self, matches: &ArgMatches, what: &'static str, export: E) -> u8
    where
        E: AsyncFnOnce(&mut Catalog, &mut dyn Write) -> Result<usize> + Send + 'static,
    {
        let path = path(matches).filter(|path| !is_standard_output(path));
        if path.is_none() && Options::new(matches).json {
            let text = "`--output json` is about what is said of an export into a file, and this one goes to standard output";
            let error = Error::new(ErrorKind::Config, text);
            return self.fail(error.with_help("it consists of JSON lines anyway"));
        }
        let catalog = match self.catalog(matches) {
            Ok(catalog) => catalog,
            Err(error) => return self.tell::<Exported>(matches, (String::new(), Err(error))),
        };
        let destination = catalog.describe();
        let Some(path) = path else {
            return self.export_to_out(catalog, export);
        };
        let file = path.display().to_string();
        let unwritable = {
            let file = file.clone();
            move |error: io::Error| {
                let text = format!("the export cannot be written: {file}: {error}");
                Error::new(ErrorKind::Config, text)
            }
        };
        let open = {
            let (path, unwritable) = (path.clone(), unwritable.clone());
            let unfinished = self.unfinished();
            // rows and cursors of an API are nobody else's business
            move || Replacement::new(&path, Readers::Owner, &unfinished).map_err(unwritable)
        };
        let finish = move |written: Replacement| written.finish().map_err(unwritable);
        let exported = self.attend(Volume::Normal, None, |_, cancel| async move {
            let catalog = catalog.cancel_with(cancel.clone());
            // one that is replaced does not stall, and is cleaned up when the export ends by itself
            let left_behind = if is_stream(&path) { cancel } else { CancellationToken::new() };
            beside(&left_behind, catalog, export, open, finish).await
        });
        let exported = exported.and_then(|exported| exported);
        let exported = exported.map(|count| Exported { what, file, count });
        self.tell(matches, (destination, exported))
    }

    /// An export is all that is printed.
    fn export_to_out<E>(&mut self, catalog: Catalog, export: E) -> u8
    where
        E: AsyncFnOnce(&mut Catalog, &mut dyn Write) -> Result<usize> + Send + 'static,
    {
        let said = Said::default();
        let out: Box<dyn Write + Send> = match self.is_process() {
            true => Box::new(io::stdout()),
            false => Box::new(said.clone()),
        };
        let lines = Lines { out, is_closed: false };
        let written = self.attend(Volume::Normal, None, |_, cancel| async move {
            let catalog = catalog.cancel_with(cancel.clone());
            beside(&cancel, catalog, export, || Ok(lines), |_| Ok(())).await
        });
        let written = written.and_then(|written| written);
        let code =
            written.as_ref().map_or_else(|error| exit::of_kind(error.kind()), |_| exit::DONE);
        self.over(code);
        // empty, unless in a test
        self.print(&said.take(), code);
        match written {
            Ok(_) => code,
            Err(error) => self.fail(error),
        }
    }
}

/// Exports beside what heeds signals, to what `open` opens and `finish` ends: who reads it may have stalled, or
/// not begun. Returns how many there are.
async fn beside<E, W>(
    cancel: &CancellationToken,
    mut catalog: Catalog,
    export: E,
    open: impl FnOnce() -> Result<W> + Send + 'static,
    finish: impl FnOnce(W) -> Result<()> + Send + 'static,
) -> Result<usize>
where
    E: AsyncFnOnce(&mut Catalog, &mut dyn Write) -> Result<usize> + Send + 'static,
    W: Write + 'static,
{
    let work = move || {
        let mut to = open()?;
        let count = block_on(export(&mut catalog, &mut to))??;
        finish(to)?;
        Ok(count)
    };
    apart(cancel, work).await
}

/// Elements of a list, with commas between.
fn elements<T: Serialize>(elements: &[T], behind: bool) -> String {
    let json = elements.iter().map(|one| serde_json::to_string(one).unwrap_or_default());
    let json = json.collect::<Vec<_>>().join(",");
    if behind { format!(",{json}") } else { json }
}

/// An export that is in a file.
#[derive(Serialize)]
struct Exported {
    #[serde(skip)]
    what: &'static str,
    file: String,
    count: usize,
}

impl Told for Exported {
    fn text(&self) -> String {
        format!("{} {} are in {}\n", self.count, self.what, self.file)
    }
}

/// Standard output, which a reader may close who has seen enough.
struct Lines {
    out: Box<dyn Write + Send>,
    is_closed: bool,
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_closed {
            return Ok(bytes.len());
        }
        match self.out.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_closed = true;
                Ok(bytes.len())
            }
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.is_closed { Ok(()) } else { self.out.flush() }
    }
}
