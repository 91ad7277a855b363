/* The loop of LavaFlow, from the first packet until all threads have ended.
 *
 * A node is idle, ready, running or notified; whoever finds it idle queues it, and a worker claims it.
 * Workers that find nothing park. A source before a full edge rests until the consumer gives cells
 * back. Every step below is one access to shared memory; a compare-and-swap is one step. What is lost
 * shows as a state in which everybody sleeps and something is left to do.
 *
 * Plain stores of the edge's two ends wait in a store buffer of the storing worker until `memory`
 * writes them, a fence, or a locked instruction of that worker. Where a fence holds a load back, the
 * flag that takes the fence away makes the load early. README.md says what is left out.
 *
 * Names are those of the code: Scheduler.notify, Worker.turn, LocalRing.rest, LocalSignal.raise.
 *
 * check: loop | | ok
 * check: loop with three packets | -DUNTIMED -DPACKETS=3 -DCAPACITY=2 | ok
 * check: loop without a second look before sleep | -DNO_SECOND_LOOK | caught
 * check: loop with the ticket taken after the second look | -DLATE_TICKET | caught
 * check: loop without the fence before the second look | -DNO_PARK_FENCE | caught
 * check: loop without the fence behind the queue | -DNO_PUSH_FENCE | caught
 * check: two with a sleep that compares no ticket | -DTWO -DPLAIN_SLEEP | caught
 * check: two with a sleeper that is counted late | -DTWO -DLATE_SLEEPER | caught
 * check: two with a raise that looks for sleepers first | -DTWO -DEARLY_RAISE | caught
 * check: loop without the notifier's fence | -DNO_NOTIFY_FENCE -DUNTIMED -DPACKETS=2 -DCAPACITY=2 | caught
 * check: loop without notifying a running node | -DNO_NOTIFIED | caught
 * check: loop without looking again when a node's state moved | -DNO_RETRY | caught
 * check: loop that makes ready by a plain store | -DPLAIN_READY | caught
 * check: loop that counts after making ready | -DLATE_COUNT | caught
 * check: loop that stays counted for another's notification | -DKEEP_COUNT | caught
 * check: loop without the fence behind the claim | -DNO_CLAIM_FENCE -DUNTIMED -DPACKETS=3 -DCAPACITY=3 | caught
 * check: loop that lets go by a plain store | -DPLAIN_LEAVE | caught
 * check: loop that lets go before it is seen to have emitted | -DEARLY_LEAVE -DTIMED -DPACKETS=2 -DCAPACITY=2 | caught -DREVERSE
 * check: loop without the fence after giving back | -DNO_GIVE_FENCE -DUNTIMED -DPACKETS=2 -DCAPACITY=2 | caught
 * check: loop without a second look before rest | -DNO_REST_LOOK -DPACKETS=2 -DCAPACITY=2 | caught
 * check: loop without the fence before the look | -DNO_REST_FENCE -DPACKETS=2 -DCAPACITY=2 | caught
 * check: loop without waking who rests | -DNO_WAKE_REST | caught
 * check: loop in which a rested source is not counted again | -DNO_JOIN -DTIMED -DPACKETS=3 -DCAPACITY=2 | caught -Og
 * check: loop in which the control thread takes its ticket late | -DLATE_CONTROL | caught
 * check: loop whose workers sleep without looking for the stop | -DNO_STOP_LOOK | caught
 * check: loop whose stop wakes nobody | -DQUIET_STOP | caught
 * check: stop | -DSTOP -DPACKETS=2 -DCAPACITY=2 | ok
 * check: stop without waking the sources | -DSTOP -DNO_WAKE_SOURCES -DPACKETS=2 -DCAPACITY=2 | caught
 * check: stall | -DREFUSE | ok
 * check: stall in which a resting source stays counted | -DREFUSE -DNO_UNCOUNT | caught
 * check: two | -DTWO | ok
 * check: two without the word passed on after a search | -DTWO -DNO_MORE_SEARCH | caught
 * check: two without the word passed on after the second look | -DTWO -DNO_MORE_PARK | caught
 * check: two with a bit left by a sleeper | -DTWO -DBIT_STAYS | caught -DREVERSE
 * check: two with a bit left by the second look | -DTWO -DBIT_STAYS_FOUND | caught -DREVERSE
 * check: two with bits cleared by a plain store | -DTWO -DPLAIN_UNPARK | caught -DREVERSE
 *
 * A source that is never called by the timer (UNTIMED), or always, makes fewer states of more packets.
 * `stop` has a source that never wants to be called again and is asked to end at any moment; `stall`
 * an end that takes nothing, so that the source rests for ever; `two` two nodes that are notified by
 * two threads, of which one does not return before the other has run: a worker that is busy for long
 * keeps no other node waiting while another worker sleeps.
 */

#ifndef PACKETS
#define PACKETS 1
#endif
#ifndef CAPACITY
#define CAPACITY 1
#endif
#define WORKERS 2
/* Threads like a worker, but they run no nodes. */
#define TIMER 2
#define CONTROL 3

#define IDLE 0
#define READY 1
#define RUNNING 2
#define NOTIFIED 3
#define NONE 2

#define SOURCE 0
#define SINK 1

byte state[2];               /* IDLE */
bool claimed[2];             /* seen by assertions only */
chan queue = [2] of { byte };
byte parked;                 /* bit w: worker w sleeps or is about to */
byte searching;
byte activity = 2;           /* the source itself, and its first turn */
bool hasStopped;                /* Scheduler.isStopped */
byte running = WORKERS;      /* workers that have not returned */

/* The signal of each worker. Whoever takes a ticket makes `raised` false: the ticket is current until
 * somebody raises. */
bool raised[WORKERS];
bool sleepers[WORKERS];
bool asleep[WORKERS];        /* in the kernel */
bool early = true;           /* one sleep may end for no reason */

/* The edge: what memory holds, what each end knows, and what is on its way. */
byte tail, head;             /* published */
byte emitted, taken, given;  /* the ends' own; given: last stored to head */
bool rests;
bool tail_waits[2], head_waits[2];
byte tail_later[2], head_later[2];

bool counted = true;         /* the source keeps the graph alive */
bool ended;                  /* the source has no more */
bool due;                    /* the source wants the timer to wake it */
bool stopping;               /* the graph was asked to end */
bool finishing, finished;    /* the sink was asked to finish, and has */
bool ran[2];                 /* for `two` */

/* The control thread's signal. */
bool control_raised;

/* Nothing of worker w waits any more; others store to no edge. */
#define FENCE(w) (w >= WORKERS || (!tail_waits[w % WORKERS] && !head_waits[w % WORKERS]))

active proctype memory() {
end:
  do
  :: atomic { tail_waits[0] -> tail = tail_later[0]; tail_waits[0] = false }
  :: atomic { tail_waits[1] -> tail = tail_later[1]; tail_waits[1] = false }
  :: atomic { head_waits[0] -> head = head_later[0]; head_waits[0] = false }
  :: atomic { head_waits[1] -> head = head_later[1]; head_waits[1] = false }
  od
}

/* What every thread that notifies keeps in registers. */
#define REGISTERS byte seen, mask, place; bool flag

/* Scheduler.leave */
inline leave() {
  d_step {
    assert(activity > 0);
    activity--;
    flag = (activity == 0)
  };
  if :: atomic { flag -> flag = false; control_raised = true } :: else fi
}

/* LocalSignal.raise */
inline raise(which) {
#ifndef TWO
  raised[which] = true
#else
#ifdef EARLY_RAISE
  flag = sleepers[which];
  raised[which] = true;
  d_step { asleep[which] = asleep[which] && !flag; flag = false }
#else
  raised[which] = true;
  d_step { asleep[which] = asleep[which] && !sleepers[which] }
#endif
#endif
}

/* Scheduler.wakeOne, behind its first two loads. */
inline wakeMasked() {
  do
  :: mask == 0 -> break
  :: mask != 0 ->
    if
#ifdef PLAIN_UNPARK
    :: atomic { place = (mask == 2); parked = mask & ~(1 << place); mask = 0 };
      raise(place);
      place = 0;
      break
#else
  /* The lowest bit of 1, 2 and 3. */
    :: atomic { parked == mask -> place = (mask == 2); parked = mask & ~(1 << place); mask = 0 };
      raise(place);
      place = 0;
      break
    :: atomic { else -> mask = parked }
#endif
    fi
  od
}

inline loadMask() {
  if :: searching == 0 -> mask = parked :: else -> mask = 0 fi
}

/* A worker that found work passes the word on when there is more. */
inline wakeForMore() {
  if :: empty(queue) :: nempty(queue) -> loadMask(); wakeMasked() fi
}

/* Scheduler.enqueue, where nobody keeps the node. */
inline enqueue(w, node) {
#ifdef NO_PUSH_FENCE
  loadMask();
#endif
  /* The push ends with a locked instruction. */
  atomic { FENCE(w) -> assert(nfull(queue)); queue ! node };
#ifndef NO_PUSH_FENCE
  loadMask();
#endif
  wakeMasked()
}

/* The worker keeps the node it made ready if it has none. */
inline enqueueOrKeep(w, node) {
  if :: w < WORKERS && kept == NONE -> kept = node :: else -> enqueue(w, node) fi
}

/* Scheduler.notify */
inline notify(w, node) {
#ifdef NO_NOTIFY_FENCE
  seen = state[node];
#else
  atomic { FENCE(w) -> seen = state[node] };
#endif
  do
  :: seen == IDLE ->
#ifdef LATE_COUNT
    FENCE(w);
#else
    atomic { FENCE(w) -> activity++ };
#endif
#ifdef PLAIN_READY
    state[node] = READY;
    enqueueOrKeep(w, node);
    break
#else
    if
    :: atomic { state[node] == IDLE -> state[node] = READY };
#ifdef LATE_COUNT
      activity++;
#endif
      enqueueOrKeep(w, node);
      break
    :: atomic { else -> seen = state[node] };
#if !defined(KEEP_COUNT) && !defined(LATE_COUNT)
      leave();
#endif
#ifdef NO_RETRY
      break
#endif
    fi
#endif
  :: seen == RUNNING ->
#ifdef NO_NOTIFIED
    break
#else
    if
    :: atomic { FENCE(w) && state[node] == RUNNING -> state[node] = NOTIFIED }; break
#ifdef NO_RETRY
    :: atomic { FENCE(w) && state[node] != RUNNING }; break
#else
    :: atomic { FENCE(w) && state[node] != RUNNING -> seen = state[node] }
#endif
    fi
#endif
  :: else -> break
  od;
  seen = 0
}

/* Worker.uncount; counted is the running thread's, like all that is not atomic in NodeCore. */
inline uncount() {
#ifdef NO_UNCOUNT
  skip
#else
  if :: atomic { counted -> counted = false; leave() } :: atomic { !counted } fi
#endif
}

/* Worker.restsOnFullEdge; `isFull` says whether the source rests. */
inline restsOnFullEdge(w) {
  atomic { seen = head; isFull = (emitted - seen >= CAPACITY) };
  if
  :: isFull ->
    /* LocalRing.rest */
#ifdef NO_REST_FENCE
    seen = head;
#endif
    atomic { FENCE(w) -> rests = true };
#if !defined(NO_REST_LOOK) && !defined(NO_REST_FENCE)
    seen = head;
#endif
    if
    :: atomic { emitted - seen < CAPACITY && FENCE(w) -> rests = false; isFull = false }
    :: atomic { emitted - seen >= CAPACITY }; uncount()
    fi
  :: else
  fi;
  seen = 0
}

/* The source's turn: it emits a packet, ends, or rests because the edge is full. */
inline sourceTurn(w) {
  goesOn = false;
  restsOnFullEdge(w);
  if
  :: isFull || ended
  :: else ->
#ifndef NO_JOIN
    if :: atomic { !counted -> activity++; counted = true } :: atomic { counted } fi;
#endif
    if
    :: atomic { stopping || emitted == PACKETS -> ended = true }
    :: atomic { else -> emitted++; tail_later[w] = emitted; tail_waits[w] = true };
#ifdef EARLY_LEAVE
      uncount();
#endif
      notify(w, SINK);
      /* GeneratorStep: again, or again at a moment. */
      if
#ifdef STOP
      :: skip
#else
#ifndef TIMED
      :: goesOn = true
#endif
#ifndef UNTIMED
      :: due = true
#endif
#endif
      fi
    fi;
    /* Worker.settle */
    if :: ended -> uncount() :: else -> skip fi;
    restsOnFullEdge(w);
    goesOn = goesOn && !isFull
  fi;
  isFull = false
}

/* The end's turn: it takes what there is, finishes when asked, and gives back. */
inline sinkTurn(w) {
#ifndef NO_CLAIM_FENCE
  /* NodeCore.mayRun: the first look. */
  seen = tail;
#endif
  goesOn = false;
  if
  :: seen == taken && !finishing
  :: else ->
#ifndef REFUSE
    taken = seen;
    seen = tail;
#endif
    /* Worker.finishIfAsked */
#ifdef REFUSE
    if
#else
    if
    :: seen != taken
#endif
    :: finishing -> finished = true
    :: else
    fi;
    /* NodeCore.giveBack */
    if
    :: taken != given ->
      atomic { given = taken; head_later[w] = taken; head_waits[w] = true };
#ifndef NO_GIVE_FENCE
      FENCE(w);
#endif
#ifndef NO_WAKE_REST
      if
      :: rests ->
        if
        :: atomic { FENCE(w) && rests -> rests = false }; notify(w, SOURCE)
        :: atomic { FENCE(w) && !rests }
        fi
      :: else
      fi
#endif
    :: else
    fi;
    /* Worker.settle: a node that took nothing waits for news. */
#ifndef REFUSE
    goesOn = (tail != taken)
#endif
  fi
}

#ifdef TWO
/* The first node waits for the second. */
inline turn(w, node) {
  if
  :: atomic { (node == 1 || ran[1]) -> ran[node] = true }
  fi
}
#else
/* Worker.turn */
inline turn(w, node) {
#ifdef NO_CLAIM_FENCE
  /* The first look of the sink, before others see that the node is claimed. */
  seen = tail;
#endif
  /* The claim is a locked instruction. */
  atomic {
    FENCE(w) ->
    assert(state[node] == READY);
    assert(!claimed[node]);
    claimed[node] = true;
    state[node] = RUNNING
  };
  if :: node == SOURCE -> sourceTurn(w) :: node == SINK -> sinkTurn(w) fi;
  if
#ifdef PLAIN_LEAVE
  :: atomic { FENCE(w) && !goesOn -> claimed[node] = false; state[node] = IDLE }; leave()
  :: atomic { FENCE(w) && goesOn -> claimed[node] = false; state[node] = READY };
#else
  :: atomic { FENCE(w) && !goesOn && state[node] == RUNNING ->
      claimed[node] = false; state[node] = IDLE };
    leave()
  :: atomic { FENCE(w) && (goesOn || state[node] != RUNNING) ->
      claimed[node] = false; state[node] = READY };
#endif
    goesOn = false;
    enqueue(w, node)
  fi
}
#endif

/* LocalSignal.sleep */
inline sleep(w) {
#ifndef TWO
  raised[w]
#else
#ifndef LATE_SLEEPER
  sleepers[w] = true;
#endif
#ifdef PLAIN_SLEEP
  asleep[w] = true;
#else
  d_step { asleep[w] = !raised[w] };
#endif
#ifdef LATE_SLEEPER
  sleepers[w] = true;
#endif
end:
  if :: !asleep[w] :: atomic { early && asleep[w] -> early = false; asleep[w] = false } fi;
  sleepers[w] = false
#endif
}

proctype worker(byte w) {
  byte node = NONE, kept = NONE;
  bool goesOn, isFull;
  REGISTERS;
  do
  :: kept != NONE -> node = kept; kept = NONE; turn(w, node); node = NONE
  :: kept == NONE ->
    /* Scheduler.next */
    if
    :: hasStopped -> break
    :: queue ? node
    :: empty(queue)
#ifdef TWO
      /* Scheduler.search; its rounds are one. */
      ->
      searching++;
      if :: queue ? node :: empty(queue) fi;
      searching--;
#ifndef NO_MORE_SEARCH
      if :: node != NONE -> wakeForMore() :: else fi
#endif
#endif
    fi;
    if
    :: node != NONE -> turn(w, node); node = NONE
    :: else ->
#ifdef NO_PARK_FENCE
      if :: queue ? node :: empty(queue) fi;
#endif
#ifndef LATE_TICKET
      raised[w] = false;
#endif
      d_step { parked = parked | (1 << w) };
#if !defined(NO_SECOND_LOOK) && !defined(NO_PARK_FENCE)
      if :: queue ? node :: empty(queue) fi;
#endif
#ifdef LATE_TICKET
      raised[w] = false;
#endif
      if
      :: node != NONE ->
#ifndef BIT_STAYS_FOUND
        d_step { parked = parked & ~(1 << w) };
#endif
#ifndef NO_MORE_PARK
        wakeForMore();
#endif
        turn(w, node);
        node = NONE
      :: else ->
#if defined(NO_STOP_LOOK) || defined(TWO)
        sleep(w);
#else
        if :: hasStopped :: else -> sleep(w) fi;
#endif
#ifndef BIT_STAYS
        d_step { parked = parked & ~(1 << w) }
#endif
      fi
    fi
  od;
  running--
}

/* The timer thread, and whoever else is outside: it wakes the source when it said so, at any time
 * later. */
proctype timer() {
  byte kept = NONE;
  REGISTERS;
#ifdef TWO
  enqueue(TIMER, 0)
#else
#ifdef STOP
  /* GraphRun.stop */
  stopping = true;
#ifndef NO_WAKE_SOURCES
  notify(TIMER, SOURCE);
#endif
#endif
  do
  :: due -> due = false; notify(TIMER, SOURCE)
  :: running == 0 -> break
  od
#endif
}

/* The control thread: asks the sink to finish when the graph is quiet, and ends the threads when it is
 * quiet again. */
proctype control() {
  byte kept = NONE;
  REGISTERS;
#ifdef TWO
  enqueue(CONTROL, 1);
  ran[0] && ran[1]
#else
  do
  :: true ->
#ifndef LATE_CONTROL
    control_raised = false;
#endif
    /* GraphRun.advanceEnding */
    if
    :: activity == 0 && finishing -> break
    :: activity == 0 && !finishing ->
      /* What was emitted has been handled. */
#ifdef REFUSE
      assert(emitted == CAPACITY && rests);
#else
      assert(ended && taken == emitted);
#endif
      finishing = true;
      notify(CONTROL, SINK)
    :: else ->
#ifdef LATE_CONTROL
      control_raised = false;
#endif
      control_raised
    fi
  od;
  assert(finished);
  /* Scheduler.stopWorkers */
  hasStopped = true;
#ifndef QUIET_STOP
  raise(0);
  raise(1);
#endif
  running == 0
#endif
}

init {
  atomic {
#ifndef TWO
    state[SOURCE] = READY;
    queue ! SOURCE;
#endif
    run worker(0);
    run worker(1);
    run timer();
    run control()
  }
}
