/* A queue of elements of any size: two producers, two consumers, and segments that come and go; one of
 * each may die at any step, and any may be stopped for as long as it takes others to come round.
 *
 * A segment has room for two units; the first element of a producer takes both, the others one. Every
 * step below is one access to shared memory; a compare-and-swap, and making or removing a part, is one
 * step. A producer or consumer that finds nothing to do waits until that would change: what never does
 * is a survivor blocked for ever. README.md says what is left out.
 *
 * check: segments, one comes too late to make one | -DPUSHES=1 -DOTHER_PUSHES=4 -DPRODUCER_DIES | ok
 * check: segments, two that make them | -DPUSHES=2 -DOTHER_PUSHES=2 -DPRODUCER_DIES | ok
 * check: segments, two that empty them | -DPUSHES=4 -DOTHER_PUSHES=0 -DTWO_CONSUMERS -DCONSUMER_DIES | ok
 * check: segments, whoever dies | -DPUSHES=1 -DOTHER_PUSHES=1 -DTWO_CONSUMERS -DPRODUCER_DIES -DCONSUMER_DIES | ok
 * check: segments, without a second look at the tail | -DPUSHES=1 -DOTHER_PUSHES=1 -DTHIRD_PUSHES=3 -DALL_LONG -DPRODUCER_DIES -DTRUST_TAIL | caught -Og
 * check: segments, whose belated maker leaves what it made | -DPUSHES=1 -DOTHER_PUSHES=4 -DPRODUCER_DIES -DKEEP_LATE | caught
 * check: segments, whose belated maker leaves its claim | -DPUSHES=1 -DOTHER_PUSHES=4 -DPRODUCER_DIES -DKEEP_CLAIM | caught
 * check: segments, not closed before the tail goes on | -DPUSHES=1 -DOTHER_PUSHES=4 -DPRODUCER_DIES -DNEVER_CLOSED | caught
 * check: segments, without an end that nobody claims | -DPUSHES=1 -DOTHER_PUSHES=4 -DPRODUCER_DIES -DNO_END | caught
 * check: segments, without undoing claims of the dead | -DPUSHES=1 -DOTHER_PUSHES=4 -DPRODUCER_DIES -DNO_UNDO | caught
 * check: segments, removed while something is in them | -DPUSHES=4 -DOTHER_PUSHES=0 -DTWO_CONSUMERS -DCONSUMER_DIES -DREMOVE_EARLY | caught
 * check: segments, removed before the head is past them | -DPUSHES=1 -DOTHER_PUSHES=4 -DPRODUCER_DIES -DREMOVE_AT_HEAD | caught
 * check: segments, looked at before an element is done | -DPUSHES=4 -DOTHER_PUSHES=0 -DTWO_CONSUMERS -DLOOK_BEFORE_DONE | caught
 */

#ifndef PUSHES
#define PUSHES 2
#endif
#ifndef OTHER_PUSHES
#define OTHER_PUSHES 2
#endif
#define SEQUENCES 6             /* the first is 1 */
#define PARTS 9
#define NONE 15
#define UNITS 2

/* The word of a record: state, owner, units. */
#define UNUSED 0
#define WRITING 1
#define FULL 2
#define READING 3
#define DONE 4
#define END 5
#define WORD(state, owner, units) ((state) + 8 * (owner) + 32 * (units))
#define STATE(word) ((word) % 8)
#define OWNER(word) (((word) / 8) % 4)
#define SIZE(word) ((word) / 32)

/* Producers are 0 and 1, consumers 2 and 3, which may be a third producer. */
#define MOST_PUSHES 4
#define ELEMENT(producer, sequence) ((producer) * MOST_PUSHES + (sequence))
#define PRODUCER(element) ((element) / MOST_PUSHES)
#define BIT(element) (1 << (element))
#ifdef ALL_LONG
#define UNITS_OF(sequence) 2
#else
#define UNITS_OF(sequence) ((sequence) == 0 -> 2 : 1)
#endif

byte part[SEQUENCES];           /* which memory a segment's entry names, or NONE */
byte made = 0;                  /* how many parts were ever made: each has memory of its own */
byte record[PARTS * UNITS], content[PARTS * UNITS];
bool closed[PARTS];
byte head = 1, tail = 1, oldest = 1;
bool dead[4], over[4];

/* Seen by assertions only. */
short pushed, delivered, lost, held;
byte taken[4];

#define HERE record[memory * UNITS + unit]
#define FIRST(memory) record[(memory) * UNITS]
#define SECOND(memory) record[(memory) * UNITS + 1]

/* Whether all records of some memory are done: nothing is claimed behind a last one. */
#define ENDS(word) (STATE(word) == UNUSED || STATE(word) == END)
#define IS_DONE(memory) (ENDS(FIRST(memory)) \
  || STATE(FIRST(memory)) == DONE \
    && (SIZE(FIRST(memory)) == 2 || ENDS(SECOND(memory)) || STATE(SECOND(memory)) == DONE))

#ifdef NO_UNDO
#define IS_UNDONE(word) false
#else
#define IS_UNDONE(word) ((STATE(word) == WRITING || STATE(word) == READING) && dead[OWNER(word)])
#endif

/* Ends the claim `word` of the dead. */
inline undo(place, word) {
  d_step {
    if
    :: record[place] == word ->
      record[place] = WORD(DONE, 0, SIZE(word));
      lost = lost | BIT(content[place])
    :: else
    fi
  }
}

/* ByteQueue.isDone, which ends what the dead were about, a step for each record. */
inline settle(memory, word) {
  word = FIRST(memory);
  if
  :: IS_UNDONE(word) -> undo(memory * UNITS, word)
  :: else
  fi;
  word = SECOND(memory);
  if
  :: SIZE(FIRST(memory)) == 1 && IS_UNDONE(word) -> undo(memory * UNITS + 1, word)
  :: else
  fi;
  word = 0
}

/* ByteQueue.moveOldest: every step by whoever sees that it lags. */
inline moveOldest() {
  do
  :: sequence = oldest;
    if
    :: sequence >= head -> break
    :: else
    fi;
    other = part[sequence];
    if
    :: other != NONE ->
      settle(other, word);
      if
      :: !IS_DONE(other) -> break
      :: else -> part[sequence] = NONE
      fi
    :: else
    fi;
    d_step {
      if
      :: oldest == sequence -> oldest = sequence + 1
      :: else
      fi
    }
  od;
  skip;
  d_step { sequence = 0; other = 0 }
}

/* ByteQueue.removeIfDone */
inline removeIfDone() {
#ifdef REMOVE_AT_HEAD
  if
  :: head >= segment ->
#else
  if
  :: head > segment ->
#endif
    settle(memory, word);
    if
#ifdef REMOVE_EARLY
    :: true ->
#else
    :: IS_DONE(memory) ->
#endif
      part[segment] = NONE;
      moveOldest()
    :: else
    fi
  :: else
  fi
}

/* ByteQueue.makeSegment: `mine` tells whether the part is this call's; `claim` is its first record. */
inline makeSegment(number, claim) {
  d_step {
    if
    :: part[number] == NONE ->
      part[number] = made;
      memory = made;
      made++;
      assert(made <= PARTS);
      if
      :: claim != 0 ->
        FIRST(memory) = claim;
        content[memory * UNITS] = ELEMENT(me, count)
      :: else
      fi;
      mine = true
    :: else -> mine = false
    fi
  };
#ifndef KEEP_LATE
  if
  :: mine && tail > number ->
    if
    :: !closed[memory] ->
#ifndef KEEP_CLAIM
      if
      :: claim != 0 ->
        d_step {
          if
          :: FIRST(memory) == claim -> FIRST(memory) = WORD(DONE, 0, SIZE(claim))
          :: else
          fi
        }
      :: else
      fi;
#endif
      part[number] = NONE;
      mine = false
    :: else
    fi
  :: else
  fi
#endif
}

proctype producer(byte me; byte pushes) {
  byte count, segment, memory, unit, word, sequence, other;
  bool mine;
  {
    do
    :: count == pushes -> break
    :: count < pushes ->
      /* tailSegment */
again: skip;
      d_step { segment = tail; memory = NONE; unit = 0; mine = false };
      memory = part[segment];
#ifndef TRUST_TAIL
      if
      :: tail != segment -> goto again
      :: else
      fi;
#endif
      if
      :: memory == NONE -> makeSegment(segment, 0); goto again
      :: else
      fi;
      /* claimRecord */
      do
      :: unit >= UNITS -> break
      :: unit < UNITS ->
        if
        :: d_step {
            STATE(HERE) == UNUSED && unit + UNITS_OF(count) <= UNITS;
            HERE = WORD(WRITING, me, UNITS_OF(count));
            content[memory * UNITS + unit] = ELEMENT(me, count);
            mine = true
          };
          break
        :: STATE(HERE) == UNUSED && unit + UNITS_OF(count) > UNITS -> break
        :: STATE(HERE) == END -> break
        :: d_step {
            STATE(HERE) != UNUSED && STATE(HERE) != END;
            unit = unit + SIZE(HERE)
          }
        fi
      od;
      if
      :: !mine ->
        /* close */
#ifndef NO_END
        do
        :: unit >= UNITS -> break
        :: unit < UNITS ->
          if
          :: d_step { STATE(HERE) == UNUSED; HERE = END }; break
          :: STATE(HERE) == END -> break
          :: d_step {
              STATE(HERE) != UNUSED && STATE(HERE) != END;
              unit = unit + SIZE(HERE)
            }
          fi
        od;
#endif
#ifndef NEVER_CLOSED
        closed[memory] = true;
#endif
        /* nextSegment */
        unit = 0;
        makeSegment(segment + 1, WORD(WRITING, me, UNITS_OF(count)));
        d_step {
          if
          :: tail == segment -> tail = segment + 1
          :: else
          fi
        };
        if
        :: !mine -> goto again
        :: else
        fi
      :: else
      fi;
      /* publish */
      d_step {
        if
        :: HERE == WORD(WRITING, me, UNITS_OF(count)) ->
          assert(content[memory * UNITS + unit] == ELEMENT(me, count));
          HERE = WORD(FULL, 0, UNITS_OF(count));
          pushed = pushed | BIT(ELEMENT(me, count))
        fi;
        count++
      }
    od;
    over[me] = true
  } unless {
    d_step { dead[me]; count = 0; segment = 0; memory = 0; unit = 0; word = 0; sequence = 0;
      other = 0; mine = false }
  }
}

/* Whether somebody who looks for an element would find something to do. */
#define AT_HEAD part[head]
#define WOULD_TAKE(word) (STATE(word) == FULL || STATE(word) == WRITING && IS_UNDONE(word))
#define PASSES(word) (STATE(word) == READING || STATE(word) == DONE)
#define CAN_GO_ON(memory) (tail > head \
  && (STATE(FIRST(memory)) == END \
    || PASSES(FIRST(memory)) && (SIZE(FIRST(memory)) == 2 || STATE(SECOND(memory)) == END \
      || PASSES(SECOND(memory)))))
#define CAN_READ (AT_HEAD != NONE && (WOULD_TAKE(FIRST(AT_HEAD)) \
  || PASSES(FIRST(AT_HEAD)) && SIZE(FIRST(AT_HEAD)) == 1 && WOULD_TAKE(SECOND(AT_HEAD)) \
  || CAN_GO_ON(AT_HEAD)))

proctype consumer(byte me) {
  byte segment, memory, unit, word, sequence, other;
  bool mine;
  {
    do
    :: true ->
      /* headSegment */
again: skip;
      d_step { segment = head; memory = NONE; unit = 0; mine = false };
      memory = part[segment];
      if
      :: head != segment -> goto again
      :: else
      fi;
      if
      :: memory == NONE ->
        /* Nothing was ever pushed. */
        assert(segment == 1);
endNew:
        CAN_READ;
        goto again
      :: else
      fi;
      /* claimForReading */
      do
      :: unit >= UNITS -> break
      :: unit < UNITS ->
        if
        :: d_step {
            STATE(HERE) == FULL;
            word = content[memory * UNITS + unit];
            assert(word % MOST_PUSHES >= taken[PRODUCER(word)]);
            taken[PRODUCER(word)] = word % MOST_PUSHES + 1;
            word = 0;
            HERE = WORD(READING, me, SIZE(HERE));
            mine = true
          };
          break
        :: STATE(HERE) == END -> break
        :: STATE(HERE) == UNUSED ->
endEmpty:
          CAN_READ;
          goto again
        :: d_step { STATE(HERE) == WRITING && IS_UNDONE(HERE); word = HERE };
          undo(memory * UNITS + unit, word);
          word = 0
        :: STATE(HERE) == WRITING && !IS_UNDONE(HERE) ->
endWriting:
          CAN_READ;
          goto again
        :: d_step { PASSES(HERE); unit = unit + SIZE(HERE) }
        fi
      od;
      if
      :: mine ->
        /* lend, and finish */
        d_step {
          word = content[memory * UNITS + unit];
          assert(STATE(HERE) == READING && OWNER(HERE) == me);
          assert(!((delivered | lost) & BIT(word)));
          delivered = delivered | BIT(word);
          word = 0
        };
#ifdef LOOK_BEFORE_DONE
        sequence = head;
        d_step { HERE = WORD(DONE, 0, SIZE(HERE)) };
        if
        :: sequence > segment -> sequence = 0; removeIfDone()
        :: else -> sequence = 0
        fi
#else
        d_step { HERE = WORD(DONE, 0, SIZE(HERE)) };
        removeIfDone()
#endif
      :: else ->
        /* moveHead */
        if
        :: tail > segment ->
          d_step {
            mine = head == segment;
            if
            :: mine -> head = segment + 1
            :: else
            fi
          };
          if
          :: mine -> removeIfDone()
          :: else
          fi
        :: else ->
endLast:
          CAN_READ;
          goto again
        fi
      fi
    od
  } unless {
    d_step { dead[me]; segment = 0; memory = 0; unit = 0; word = 0; sequence = 0; other = 0;
      mine = false }
  }
}

proctype death() {
end:
  do
#ifdef PRODUCER_DIES
  :: d_step { !dead[0]; dead[0] = true }
#endif
#ifdef CONSUMER_DIES
  :: d_step { !dead[2]; dead[2] = true }
#endif
  :: false
  od
}

/* Elements that a dead consumer had and nobody has come upon since. */
#define HELD(place) (STATE(record[place]) == READING && dead[OWNER(record[place])])

init {
  byte number;
  atomic {
    part[0] = NONE; part[1] = NONE; part[2] = NONE; part[3] = NONE; part[4] = NONE; part[5] = NONE;
    run producer(0, PUSHES);
#if OTHER_PUSHES > 0
    run producer(1, OTHER_PUSHES);
#endif
    run consumer(2);
#ifdef TWO_CONSUMERS
    run consumer(3);
#endif
#ifdef THIRD_PUSHES
    run producer(3, THIRD_PUSHES);
#endif
    run death()
  };
  timeout;
  d_step {
    assert(dead[0] || over[0]);
    assert(over[1] || OTHER_PUSHES == 0);
    do
    :: number == SEQUENCES -> break
    :: number < SEQUENCES ->
      if
      :: part[number] != NONE && HELD(part[number] * UNITS) ->
        held = held | BIT(content[part[number] * UNITS])
      :: else
      fi;
      if
      :: part[number] != NONE && HELD(part[number] * UNITS + 1) ->
        held = held | BIT(content[part[number] * UNITS + 1])
      :: else
      fi;
      number++
    od;
    assert((pushed & ~(delivered | lost | held)) == 0);
    /* What nobody died with is delivered, and nothing is left behind. */
    assert(dead[2] || (pushed & ~delivered) == 0);
    number = 1;
    do
    :: number >= tail -> break
    :: number < tail ->
      assert(dead[0] || dead[2] || part[number] == NONE);
      number++
    od
  }
}
