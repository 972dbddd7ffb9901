// What a job of SLURM does that trains.

extension TrainingJob {
  /// The script behind the lines of `#SBATCH`, of Launch/slurm/train.sbatch too. Its arguments are those of `hyperdist train`.
  static let script = #"""
    set -euo pipefail

    [ -n "${SLURM_JOB_ID:-}" ] || { echo "${0##*/}: start it with sbatch" >&2; exit 2; }

    cd "${SLURM_SUBMIT_DIR:-.}"
    program=${HYPERDIST:-$(command -v hyperdist || echo .build/release/hyperdist)}
    [ -x "$program" ] || {
      echo "${0##*/}: no program at $program; install it (Launch/install) or set HYPERDIST to its path" >&2
      exit 1
    }
    # A task of an array has a seed of its own; the array's number alone would mean all of them.
    job=$SLURM_JOB_ID
    if [ -n "${SLURM_ARRAY_TASK_ID:-}" ]; then
      job=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
      set -- --set "training.seed=$SLURM_ARRAY_TASK_ID" "$@"
    fi
    run_dir=${HYPERDIST_RUN_DIR:+$HYPERDIST_RUN_DIR${SLURM_ARRAY_TASK_ID:+-$SLURM_ARRAY_TASK_ID}}
    run_dir=${run_dir:-$PWD/runs/slurm-$job}
    [ "$(id -u)" -ne 0 ] || export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    read -ra flags <<<"${HYPERDIST_MPIRUN_FLAGS:---bind-to none}"

    echo "== $(date '+%F %T') job $job, start $((${SLURM_RESTART_COUNT:-0} + 1)), nodes $SLURM_JOB_NODELIST, run $run_dir"

    # At a requeue or the time limit SLURM sends SIGTERM to every process of the job. Ranks answer it by
    # saving; mpirun and its daemons would answer by killing the ranks at once, so they are started with
    # that signal blocked (they unblock it for the ranks). SIGUSR1 mpirun hands on to all ranks, but to
    # none that has not begun: it gets it again until it ends.
    launcher=
    stopping=
    sender=
    stop() {
      [ -n "$stopping" ] || echo "== $(date '+%F %T') job $job is to stop"
      stopping=yes
      [ -n "$launcher" ] && [ -z "$sender" ] || return 0
      while kill -USR1 "$launcher" 2>/dev/null; do sleep 5; done &
      sender=$!
    }
    again=
    trap 'again=yes; stop' USR1
    trap stop TERM INT
    env --block-signal=TERM \
      mpirun --mca orte_launch_agent "env --block-signal=TERM orted" -np "$SLURM_NTASKS" \
      ${flags[@]+"${flags[@]}"} "$program" train --run-dir "$run_dir" --resume auto "$@" &
    launcher=$!
    [ -z "$stopping" ] || stop

    # A trap interrupts wait: go on waiting until mpirun itself is gone.
    status=0
    while true; do
      wait "$launcher" && status=0 || status=$?
      kill -0 "$launcher" 2>/dev/null || break
    done
    [ -z "$sender" ] || kill "$sender" 2>/dev/null || true

    echo "== $(date '+%F %T') job $job ended with status $status"
    [ "$status" -eq 3 ] && [ -n "$again" ] || exit "$status"
    if command -v scontrol >/dev/null && scontrol requeue "$job"; then
      # SLURM ends this script: an exit code of its own might be taken for the next start's.
      trap - USR1 TERM INT
      sleep 60
      exit "$status"
    fi
    # Without the right to requeue: another job like this one, behind it.
    export HYPERDIST_RUN_DIR=$run_dir HYPERDIST_FOLLOWS=$job
    options=(--dependency="afterany:$job" --nodes="$SLURM_JOB_NUM_NODES" --ntasks="$SLURM_NTASKS")
    [ -z "${SLURM_CPUS_PER_TASK:-}" ] || options+=(--cpus-per-task="$SLURM_CPUS_PER_TASK")
    [ -z "${SLURM_JOB_PARTITION:-}" ] || options+=(--partition="$SLURM_JOB_PARTITION")
    [ -z "${SLURM_JOB_ACCOUNT:-}" ] || options+=(--account="$SLURM_JOB_ACCOUNT")
    limit=$(squeue -h -j "$job" -o %l 2>/dev/null || true)
    [ -z "$limit" ] || options+=(--time="$limit")
    next=$(sbatch --parsable "${options[@]}" "$0" "$@") || {
      echo "== this job can be neither requeued nor followed by another: submit it again with HYPERDIST_RUN_DIR=$run_dir" >&2
      exit "$status"
    }
    echo "== job $next goes on with it"
    exit "$status"

    """#
}
