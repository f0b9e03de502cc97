/// Where units are computed: threads of this process, other processes, a cluster. The only seam between
/// deciding what runs and running it; which executor ran a unit never changes its result.
///
/// **What an executor may assume.** The inputs of a task are in the store with the digests that the task
/// names, and stay there. A task is handed out once at a time. The runner hands out at most
/// `RunOptions.jobs` tasks that have not come back, and waits for all of them before it ends.
///
/// **The store is the only truth.** An executor brings no result back: it reports `executed` or `reused`
/// once the record and the artifact can be read in the store of the runner, and the runner takes digest and
/// warnings from there. (A file system that shows files of other machines late is the executor's business:
/// it waits.) What computes a unit takes its lock in the store first, reports `busy` where somebody else has
/// it, and looks then once more whether the artifact is there. An executor that dies leaves what a
/// crash leaves, which the next run accepts.
///
/// **Stopping.** `run` returns soon after the `StopRequest` of the runner is made, or `halt` is called, with
/// `interrupted` for a unit that saved its progress (or will start again), or whatever it came to
/// before. It never returns while something it started still works on the unit: a lock would tell, but the
/// run would have ended. The task's own cancellation is not used.
///
/// **Events.** Between the begin and the end of `run`, from any thread: `unitStarted` once, if the unit
/// was not found finished, then `unitProgress` and `unitWarned` in their order, nothing after
/// `run` has returned. `unitFinished` is the runner's. An executor in another process passes on the lines of
/// `run --json`, which `RunEvent(line:)` reads.
public protocol UnitExecutor: Sendable {
    /// Runs a unit to its end. Never throws: a failure is an outcome.
    func run(_ task: UnitTask) async -> UnitReport

    /// Asks the units in work to save their progress and end, because of a failure elsewhere. May be
    /// called more than once.
    func halt()
}
