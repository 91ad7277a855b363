/* Subscribers of a byte topic that come and go, and a publisher that pushes to all there are: each has a
 * row, and a queue that row and serial name. The publisher and one subscriber may die at any step, and
 * any may be stopped for as long as it takes others to come and go in the same row.
 *
 * A queue is one segment, which who pushes makes where there is none; its own protocol is that of
 * segments.pml. Every step below is one access to shared memory; a compare-and-swap, making or removing
 * a part, and finding those that there are, is one step. A publisher that has to wait for room waits
 * until there is some, or until the subscriber has left or died: what never comes is a survivor blocked
 * for ever. README.md says what is left out.
 *
 * check: subscribers, whoever dies | -DPUSHES=2 -DPUBLISHER_DIES -DSUBSCRIBER_DIES | ok
 * check: subscribers that come again | -DPUSHES=1 -DLIVES=2 -DSUBSCRIBER_DIES | ok
 * check: subscribers, two at once | -DPUSHES=1 -DROWS=2 -DSUBSCRIBER_DIES | ok
 * check: subscribers, two at once, of whom a dead publisher has reached one | -DPUSHES=1 -DROWS=2 -DPUBLISHER_DIES | ok
 * check: subscribers that are waited for | -DPUSHES=2 -DFULL -DSUBSCRIBER_DIES | ok
 * check: subscribers, without a second look by who pushes | -DPUSHES=1 -DNO_SECOND_LOOK | caught
 * check: subscribers that do not say that they leave | -DPUSHES=1 -DNO_LEAVING | caught
 * check: subscribers whose row is free first | -DPUSHES=1 -DSUBSCRIBER_DIES -DFREE_FIRST | caught
 * check: subscribers whose queue goes before its segments | -DPUSHES=1 -DSUBSCRIBER_DIES -DQUEUE_FIRST | caught
 * check: subscribers without a serial | -DPUSHES=1 -DSUBSCRIBER_DIES -DNO_SERIAL | caught
 * check: subscribers whose row is freed whoever has it | -DPUSHES=1 -DSUBSCRIBER_DIES -DBLIND_FREE | caught
 * check: subscribers whose row is taken whoever has it | -DPUSHES=1 -DBLIND_CLAIM | caught
 * check: subscribers that are ended whoever has the row | -DPUSHES=2 -DFULL -DSUBSCRIBER_DIES -DBLIND_END | caught -DREVERSE -DT_REVERSE
 * check: subscribers that are ended alive | -DPUSHES=1 -DNO_DEATH_CHECK | caught
 * check: subscribers of which a publisher takes one for the other | -DPUSHES=2 -DOLD_QUEUE | caught
 * check: subscribers that are counted late | -DPUSHES=1 -DCOUNT_LATE | caught
 * check: subscribers whose dead are not looked for by who waits | -DPUSHES=2 -DFULL -DSUBSCRIBER_DIES -DTRUST_WAIT | caught -DREVERSE -DT_REVERSE
 * check: subscribers, without the search for what the dead made | -DPUSHES=1 -DPUBLISHER_DIES -DNO_SEARCH | caught
 * check: subscribers, with a search among what there is by now | -DPUSHES=1 -DLIVES=2 -DLOOK_FIRST | caught
 */

#ifndef ROWS
#define ROWS 1
#endif
#ifndef PUSHES
#define PUSHES 2
#endif
#ifndef LIVES
#define LIVES 1                 /* how often the other subscriber comes */
#endif
#define SERIALS 5               /* the first is 1 */

/* The word of a row: state, owner, serial. */
#define FREE 0
#define HELD 1
#define LEAVING 2
#define WORD(state, owner, serial) ((state) + 4 * (owner) + 16 * (serial))
#define STATE(word) ((word) % 4)
#define OWNER(word) (((word) / 4) % 4)
#define SERIAL(word) ((word) / 16)

/* Subscribers are 1, which may die, and 2; 3 is who comes last. */
#define PLACE(row, serial) ((row) * SERIALS + (serial))
#ifdef NO_SERIAL
#define PART(row, word) PLACE(row, 1)
#else
#define PART(row, word) PLACE(row, SERIAL(word))
#endif
#define BIT(element) (1 << (element))

byte control[ROWS];
byte used;
bool queue[ROWS * SERIALS], segment[ROWS * SERIALS];
byte content[ROWS * SERIALS];
bool dead[4], publisherIsDead, over;

/* Seen by assertions only: the serial of whom each row's subscription is, from when it has begun until it
 * ends; and what each subscriber has had. */
byte subscribed[ROWS], had[ROWS * SERIALS];

#ifdef NO_DEATH_CHECK
#define IS_DEAD(owner) true
#else
#define IS_DEAD(owner) dead[owner]
#endif

/* Changes the word of `row` from `old` to `new`, if it is as it was. */
inline swap(old, new, isDone) {
  d_step {
    isDone = control[row] == (old);
    if
    :: isDone -> control[row] = new
    :: else
    fi
  }
}

/* Nothing is taken away from who subscribes. */
inline removeSegment(part) {
  d_step {
    assert(subscribed[row] == 0 || part != PART(row, WORD(0, 0, subscribed[row])));
    segment[part] = false;
    content[part] = 0
  }
}

inline removeQueue(part) {
  d_step {
    assert(subscribed[row] == 0 || part != PART(row, WORD(0, 0, subscribed[row])));
    queue[part] = false
  }
}

inline freeRow() {
#ifdef BLIND_FREE
  d_step { assert(subscribed[row] == 0); control[row] = WORD(FREE, 0, SERIAL(seen)) }
#else
  swap(seen, WORD(FREE, 0, SERIAL(seen)), isDone)
#endif
}

/* ByteTopic.release, of the row that was seen as `seen`, which says that somebody leaves. */
inline release() {
#ifdef FREE_FIRST
  freeRow();
#endif
  if
  :: queue[PART(row, seen)] ->
#ifdef QUEUE_FIRST
    removeQueue(PART(row, seen));
#endif
    removeSegment(PART(row, seen))
  :: else
  fi;
  removeQueue(PART(row, seen));
#ifndef FREE_FIRST
  freeRow()
#endif
}

/* ByteTopic.end, of the row that was seen as `seen`, which is held. */
inline endRow() {
#ifdef NO_LEAVING
  release()
#else
#ifdef BLIND_END
  d_step { assert(subscribed[row] == 0); control[row] = WORD(LEAVING, 0, SERIAL(seen));
    isDone = true };
#else
  swap(seen, WORD(LEAVING, 0, SERIAL(seen)), isDone);
#endif
  if
  :: isDone -> seen = WORD(LEAVING, 0, SERIAL(seen)); release()
  :: else
  fi
#endif
}

/* ByteTopic.endIfDead */
inline endIfDead() {
  seen = control[row];
  if
  :: STATE(seen) == LEAVING -> release()
  :: STATE(seen) == HELD && IS_DEAD(OWNER(seen)) ->
    assert(subscribed[row] != SERIAL(seen));
    endRow()
  :: else
  fi
}

inline clearRows() {
  row = 0;
  do
  :: row == ROWS -> break
  :: row < ROWS -> endIfDead(); row++
  od;
  skip;
  d_step { row = 0; seen = 0; isDone = false }
}

/* ByteTopic.removeLostParts. The parts that there are stand in `found`, a bit for each. */
inline find() {
  d_step {
    other = 0;
    do
    :: other == ROWS * SERIALS -> break
    :: other < ROWS * SERIALS ->
      if
      :: queue[other] || segment[other] -> found = found | BIT(other)
      :: else
      fi;
      other++
    od;
    other = 0
  }
}

inline nextFound() {
  d_step {
    do
    :: part == ROWS * SERIALS || (found & BIT(part)) -> break
    :: else -> part++
    od;
    row = part / SERIALS
  }
}

inline removeLost() {
#ifdef LOOK_FIRST
  seen = control[0];
#endif
  find();
  do
  :: nextFound();
    if
    :: part == ROWS * SERIALS -> break
    :: else
    fi;
#ifndef LOOK_FIRST
    seen = control[row];
#endif
    if
    :: STATE(seen) == FREE || PART(row, seen) != part ->
      removeQueue(part);
      removeSegment(part)
    :: else
    fi;
    part++
  od;
  skip;
  d_step { row = 0; seen = 0; part = 0; found = 0 }
}

/* Whether nobody has had any row before. */
#if ROWS == 2
#define IS_FIRST(word) ((word) == 0 || STATE(word) == HELD && SERIAL(word) == 1)
#define ARE_FIRST (IS_FIRST(control[0]) && IS_FIRST(control[1]))
#else
#define IS_FIRST(word) ((word) == 0 || STATE(word) == HELD && SERIAL(word) == 1)
#define ARE_FIRST IS_FIRST(control[0])
#endif

#define TAKE d_step { \
    content[PART(row, seen)] != 0; \
    had[PLACE(row, SERIAL(seen))] = had[PLACE(row, SERIAL(seen))] | content[PART(row, seen)]; \
    content[PART(row, seen)] = 0 \
  }

proctype subscriber(byte me, lives) {
  byte row, seen, part, other;
  short found;
  bool isDone;
  {
    do
    :: true ->
    clearRows();
#ifndef NO_SEARCH
    if
    :: ARE_FIRST
    :: else -> removeLost()
    fi;
#endif
    if
    :: me == 3 -> goto ends
    :: else
    fi;
    /* claimRow */
    do
    :: row == ROWS -> goto ends
    :: row < ROWS ->
      seen = control[row];
      if
      :: STATE(seen) == FREE ->
#ifdef BLIND_CLAIM
        d_step { control[row] = WORD(HELD, me, SERIAL(seen) + 1); isDone = true };
#else
        swap(seen, WORD(HELD, me, SERIAL(seen) + 1), isDone);
#endif
        if
        :: isDone -> break
        :: else
        fi
      :: else -> row++
      fi
    od;
    seen = WORD(HELD, me, SERIAL(seen) + 1);
#ifndef COUNT_LATE
    d_step { used = (used > row -> used : row + 1) };
#endif
    queue[PART(row, seen)] = true;
    d_step {
#ifdef BLIND_CLAIM
      assert(subscribed[row] == 0);
#endif
      subscribed[row] = SERIAL(seen)
    };
#ifdef COUNT_LATE
    d_step { used = (used > row -> used : row + 1) };
#endif
    /* It takes what comes, and goes at any time, or stays for good. */
endStays:
    do
    :: TAKE
    :: lives > 0 -> break
    :: lives > 0 -> lives = 0
    od;
    skip;
    d_step { subscribed[row] = 0; lives-- };
    endRow();
    d_step { row = 0; seen = 0; isDone = false };
    if
    :: lives == 0 -> break
    :: else
    fi
    od;
ends:
    skip;
    d_step { row = 0; seen = 0; isDone = false }
  } unless {
    d_step {
      dead[me];
      row = 0; seen = 0; part = 0; found = 0; isDone = false; lives = 0
    }
  }
}

proctype publisher() {
  byte element, row, rows, seen, attached[ROWS], begun[ROWS];
  bool isDone;
  {
    do
    :: element == PUSHES -> break
    :: element < PUSHES ->
      d_step {
        begun[0] = subscribed[0];
#if ROWS == 2
        begun[1] = subscribed[1];
#endif
        rows = used
      };
      do
      :: row == rows -> break
      :: row < rows ->
        seen = control[row];
        if
        :: STATE(seen) != HELD -> goto next
        :: else
        fi;
        /* attach */
        if
#ifdef OLD_QUEUE
        :: attached[row] != 0 -> seen = attached[row]
#else
        :: attached[row] == seen
#endif
        :: else ->
          if
          :: queue[PART(row, seen)] -> attached[row] = seen
          :: else -> goto next
          fi
        fi;
push:
        if
        :: !segment[PART(row, seen)] -> segment[PART(row, seen)] = true
        :: else
        fi;
        /* What comes into a segment that was removed is nobody's. */
        d_step {
          if
#ifdef FULL
          :: segment[PART(row, seen)] && content[PART(row, seen)] != 0 -> isDone = false
#endif
          :: segment[PART(row, seen)] && !isDone ->
            content[PART(row, seen)] = content[PART(row, seen)] | BIT(element);
            isDone = true
          :: else -> isDone = true
          fi
        };
#ifndef NO_SECOND_LOOK
        if
        :: control[row] != seen -> removeSegment(PART(row, seen)); goto next
        :: else
        fi;
#endif
        if
        :: isDone
        :: else ->
#ifdef TRUST_WAIT
          (content[PART(row, seen)] == 0 || control[row] != seen);
          goto push
#else
          if
          :: content[PART(row, seen)] == 0 || control[row] != seen -> goto push
          :: dead[OWNER(seen)] -> endIfDead()
          fi
#endif
        fi;
next:
        skip;
        d_step { seen = 0; isDone = false; row++ }
      od;
      skip;
      d_step {
        /* Who subscribes all the while has it. */
        row = 0;
        do
        :: row == ROWS -> break
        :: row < ROWS ->
          assert(begun[row] == 0 || subscribed[row] != begun[row]
            || (had[PLACE(row, begun[row])] | content[PART(row, WORD(0, 0, begun[row]))])
              & BIT(element));
          begun[row] = 0;
          row++
        od;
        row = 0; rows = 0;
        element++
      }
    od;
    skip;
    d_step {
      attached[0] = 0;
#if ROWS == 2
      attached[1] = 0;
#endif
      over = true
    }
  } unless {
    d_step {
      publisherIsDead;
      row = 0; rows = 0; seen = 0; isDone = false; attached[0] = 0; begun[0] = 0;
#if ROWS == 2
      attached[1] = 0; begun[1] = 0;
#endif
      over = true
    }
  }
}

#define END_OF_DEAD(row) \
  if \
  :: control[row] == WORD(HELD, 1, subscribed[row]) -> subscribed[row] = 0 \
  :: else \
  fi

proctype death() {
end:
  do
#ifdef SUBSCRIBER_DIES
  :: d_step {
      !dead[1];
      dead[1] = true;
      END_OF_DEAD(0)
#if ROWS == 2
      ;
      END_OF_DEAD(1)
#endif
    }
#endif
#ifdef PUBLISHER_DIES
  :: d_step { !publisherIsDead; publisherIsDead = true }
#endif
  :: false
  od
}

/* Whether nothing of `part` is there that nobody subscribes to. */
#define IS_CLEAN(part) (!queue[part] && !segment[part] \
  || subscribed[(part) / SERIALS] != 0 \
    && (part) == PART((part) / SERIALS, WORD(0, 0, subscribed[(part) / SERIALS])))

init {
  byte row, seen, part;
  bool isDone;
  atomic {
    run subscriber(1, 1);
    run subscriber(2, LIVES);
    run publisher();
    run death()
  };
  timeout;
  assert(over);
  clearRows();
  d_step {
    /* What no row names only a publisher leaves that died. */
    do
    :: part == ROWS * SERIALS -> break
    :: part < ROWS * SERIALS -> assert(publisherIsDead || IS_CLEAN(part)); part++
    od;
    part = 0
  };
  run subscriber(3, 0);
  timeout;
  d_step {
    do
    :: part == ROWS * SERIALS -> break
    :: part < ROWS * SERIALS -> assert(IS_CLEAN(part)); part++
    od
  };
  do
  :: row == ROWS -> break
  :: row < ROWS ->
    assert(STATE(control[row]) == FREE
      || STATE(control[row]) == HELD && !dead[OWNER(control[row])]);
    row++
  od
}
