//! What no input may cost: memory beyond a bound, or more than some seconds. The input at work lies in a file, so that it is
//! still there when a stack overflows or the process is ended.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

thread_local! {
    /// The words of the last panic, and where it was.
    static TOLD: RefCell<String> = const { RefCell::new(String::new()) };
    /// Is an input at work?
    static HOLDING: Cell<bool> = const { Cell::new(false) };
}

/// One attack at a time: the peak is that of the whole process.
static ALONE: Mutex<()> = Mutex::new(());

/// What an input may take before its length counts, and for each of its bytes.
const FLOOR: usize = 48 << 20;
const FOR_A_BYTE: usize = 512;
/// An input that takes longer hangs; a machine that is busy with something else is given its time.
const HANG: Duration = Duration::from_secs(20);

/// Watches the inputs of one target.
pub(crate) struct Guard {
    file: PathBuf,
    since: Arc<AtomicU64>,
    begun: Instant,
    most: usize,
    _alone: MutexGuard<'static, ()>,
}

impl Guard {
    /// Begins to watch.
    pub(crate) fn begin(name: &str) -> Self {
        // Inputs that are made small break their promise many times over: its words are kept, not printed.
        let aloud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !HOLDING.get() {
                return aloud(panic);
            }
            let at = panic.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
            let words = panic.payload_as_str().unwrap_or("a panic without words");
            TOLD.with(|told| *told.borrow_mut() = format!("{words} ({at})"));
        }));
        let alone = ALONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("fuzz");
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join(format!("{name}.input"));
        let (since, begun) = (Arc::new(AtomicU64::new(0)), Instant::now());
        let (watched, path) = (Arc::clone(&since), file.clone());
        std::thread::spawn(move || {
            // Ends with the guard, which holds the other half.
            while Arc::strong_count(&watched) > 1 {
                std::thread::sleep(Duration::from_millis(200));
                let at = watched.load(Ordering::Relaxed);
                let now = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
                if at > 0 && u128::from(now.saturating_sub(at)) > HANG.as_millis() {
                    eprintln!("an input hangs; it lies in {}", path.display());
                    std::process::abort();
                }
            }
        });
        Self { file, since, begun, most: 0, _alone: alone }
    }

    /// Runs one input; the words of a panic where a promise is broken.
    pub(crate) fn hold(&mut self, hold: fn(&[u8]), input: &[u8]) -> Result<(), String> {
        std::fs::write(&self.file, input).expect("the input is kept");
        let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.since.store(now.max(1), Ordering::Relaxed);
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        TOLD.with(|told| told.borrow_mut().clear());
        HOLDING.set(true);
        let outcome = std::panic::catch_unwind(|| hold(input));
        HOLDING.set(false);
        let taken = MEMORY.peak_usage().saturating_sub(before);
        self.since.store(0, Ordering::Relaxed);
        self.most = self.most.max(taken);
        outcome.map_err(|_| TOLD.with(|told| told.borrow().clone()))?;
        let allowed = FLOOR + FOR_A_BYTE * input.len();
        if taken > allowed {
            return Err(format!("{taken} bytes of memory for {} of input, where {allowed} are allowed", input.len()));
        }
        Ok(())
    }

    /// The most memory that an input took, in KiB.
    pub(crate) fn most(&self) -> usize {
        self.most >> 10
    }

    /// Where the input at work lies.
    pub(crate) fn file(&self) -> &std::path::Path {
        &self.file
    }
}
