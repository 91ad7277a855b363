/* The loop of LavaFlow: a source and an end behind a short edge, two workers, a timer.
 *
 * A node is idle, ready, running or notified; whoever finds it idle queues it, and a worker claims it.
 * Workers that find nothing park. Every step below is one access to shared memory; a compare-and-swap
 * is one step. What is lost shows as a state in which everybody sleeps and packets are left.
 *
 * Plain stores of the edge's two ends wait in a store buffer of the storing worker until `memory`
 * writes them, a fence, or a locked instruction of that worker. README.md says what is left out.
 *
 * check: loop | | ok
 * check: loop without a second look before sleep | -DNO_SECOND_LOOK | caught
 * check: loop without the notifier's fence | -DNO_NOTIFY_FENCE | caught
 * check: loop without the fence after giving back | -DNO_GIVE_FENCE | caught
 * check: loop without a second look before rest | -DNO_REST_LOOK | caught
 * check: loop without notifying a running node | -DNO_NOTIFIED | caught
 */

#ifndef PACKETS
#define PACKETS 2
#endif
#ifndef CAPACITY
#define CAPACITY 2
#endif
#define WORKERS 2
#define TIMER 2 /* a thread like a worker, but it runs no nodes */

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
bool parked[WORKERS];
byte signal[WORKERS];         /* tickets; five are enough to tell them apart */
byte searching;
byte activity;

/* The edge: what memory holds, what each end knows, and what is on its way. */
byte tail, head;             /* published */
byte emitted, taken;         /* the ends' own */
bool rests;
bool tail_waits[3], head_waits[3];
byte tail_later[3], head_later[3];

bool counted = true;         /* the source keeps the graph alive */
bool ended;                  /* the source has no more */
bool due;                    /* the source wants the timer to wake it */
bool quiet;                  /* activity came to zero */

/* Nothing of worker w waits any more. */
#define FENCE(w) (!tail_waits[w] && !head_waits[w])

active proctype memory() {
end:
  do
  :: atomic { tail_waits[0] -> tail = tail_later[0]; tail_waits[0] = false }
  :: atomic { tail_waits[1] -> tail = tail_later[1]; tail_waits[1] = false }
  :: atomic { head_waits[0] -> head = head_later[0]; head_waits[0] = false }
  :: atomic { head_waits[1] -> head = head_later[1]; head_waits[1] = false }
  /* The timer stores to neither end. */
  od
}

/* Scheduler.leave */
inline leave() {
  d_step {
    assert(activity > 0);
    activity--;
    if
    :: activity == 0 -> quiet = true
    :: else
    fi
  }
}

/* Scheduler.wakeOne */
inline wakeOne() {
  if
  :: searching == 0 ->
    if
    :: atomic { parked[0] -> parked[0] = false }; signal[0] = (signal[0] + 1) % 5
    :: atomic { !parked[0] && parked[1] -> parked[1] = false }; signal[1] = (signal[1] + 1) % 5
    :: else
    fi
  :: else
  fi
}

/* A worker that found work passes the word on when there is more. */
inline wakeForMore() {
  if
  :: empty(queue)
  :: nempty(queue) ->
    if
    :: node != NONE -> wakeOne()
    :: else
    fi
  fi
}

inline enqueue(w, node) {
  /* The push ends with a locked instruction. */
  FENCE(w);
  atomic { assert(nfull(queue)); queue ! node };
  wakeOne()
}

/* Scheduler.notify; the worker keeps the node it made ready if it has none. */
inline notify(w, node) {
#ifndef NO_NOTIFY_FENCE
  FENCE(w);
#endif
  seen = state[node];
  do
  :: seen == IDLE ->
    FENCE(w);
    activity++;
    if
    :: atomic { state[node] == IDLE -> state[node] = READY };
      if
      :: w != TIMER && kept == NONE -> kept = node
      :: else -> enqueue(w, node)
      fi;
      break
    :: atomic { else -> seen = state[node] };
      leave()
    fi
  :: seen == RUNNING ->
#ifdef NO_NOTIFIED
    break
#else
    FENCE(w);
    if
    :: atomic { state[node] == RUNNING -> state[node] = NOTIFIED }; break
    :: atomic { else -> seen = state[node] }
    fi
#endif
  :: else -> break
  od
}

/* The source's turn: it emits one packet, or rests because the edge is full. */
inline sourceTurn(w) {
  goesOn = false;
  seen = head;
  if
  :: emitted - seen < CAPACITY ->
    if
    :: !counted && !ended -> activity++; counted = true
    :: else
    fi;
    if
    :: emitted < PACKETS ->
      emitted++;
      atomic { tail_later[w] = emitted; tail_waits[w] = true };
      notify(w, SINK);
      due = true
    :: else ->
      ended = true;
      uncount()
    fi
  :: else ->
    FENCE(w);
    rests = true;
#ifndef NO_REST_LOOK
    seen = head;
#endif
    if
    :: emitted - seen < CAPACITY -> rests = false; goesOn = true
    :: else -> uncount()
    fi
  fi
}

/* Worker.uncount */
inline uncount() {
  if
  :: counted -> counted = false; leave()
  :: else
  fi
}

/* The end's turn: it takes what there is and gives it back. */
inline sinkTurn(w) {
  seen = tail;
  if
  :: seen != taken ->
    taken = seen;
    atomic { head_later[w] = taken; head_waits[w] = true };
#ifndef NO_GIVE_FENCE
    FENCE(w);
#endif
    if
    :: rests ->
      FENCE(w);
      if
      :: atomic { rests -> rests = false }; notify(w, SOURCE)
      :: else
      fi
    :: else
    fi
  :: else
  fi;
  goesOn = (tail != taken)
}

inline turn(w, node) {
  /* The claim is a locked instruction. */
  FENCE(w);
  d_step {
    assert(state[node] == READY);
    assert(!claimed[node]);
    claimed[node] = true;
    state[node] = RUNNING
  };
  if
  :: node == SOURCE -> sourceTurn(w)
  :: node == SINK -> sinkTurn(w)
  fi;
  FENCE(w);
  claimed[node] = false;
  if
  :: atomic { !goesOn && state[node] == RUNNING -> state[node] = IDLE }; leave()
  :: else -> state[node] = READY; enqueue(w, node)
  fi
}

proctype worker(byte w) {
  byte node = NONE, kept = NONE, seen, ticket;
  bool goesOn;
  do
  :: kept != NONE -> node = kept; kept = NONE; turn(w, node)
  :: kept == NONE ->
    if
    :: queue ? node
    :: empty(queue) ->
      /* Scheduler.search */
      searching++;
      node = NONE;
      if
      :: queue ? node
      :: empty(queue)
      fi;
      searching--;
      wakeForMore()
    fi;
    if
    :: node != NONE -> turn(w, node); node = NONE
    :: else ->
      /* Scheduler.next */
      ticket = signal[w];
      parked[w] = true;
#ifndef NO_SECOND_LOOK
      if
      :: queue ? node
      :: empty(queue)
      fi;
#endif
      if
      :: node != NONE ->
        parked[w] = false;
        wakeForMore();
        turn(w, node);
        node = NONE
      :: else ->
end:    signal[w] != ticket;
        parked[w] = false
      fi
    fi
  od
}

/* The timer thread: it wakes the source when it said so, at any time later. */
active proctype timer() {
  byte seen, kept = NONE;
end:
  do
  :: due -> due = false; notify(TIMER, SOURCE)
  od
}

/* Waits for the end, which comes when everything was handled. */
active proctype control() {
  quiet;
  /* A late word of the timer may still make a turn, in which nothing is left to do. */
  assert(ended && taken == PACKETS && emitted == PACKETS)
}

init {
  atomic {
    activity = 2; /* the source itself, and its first turn */
    state[SOURCE] = READY;
    queue ! SOURCE;
    run worker(0);
    run worker(1)
  }
}
