/* A queue of two cells: two producers, two consumers; one of each may die at any step.
 *
 * Every step below is one access to shared memory; a compare-and-swap is one step. A consumer or
 * producer that finds nothing to do waits until its next attempt would go otherwise: what never
 * becomes true is a survivor blocked for ever. README.md says what is left out.
 *
 * check: queue | | ok
 * check: queue with a ticket in place of a claim | -DPLAIN_TICKET | caught
 * check: queue without undoing claims of the dead | -DNO_UNDO | caught
 * check: queue without asking who lives before an undo | -DNO_DEATH_CHECK | caught
 * check: queue without a compare-and-swap in the undo | -DBLIND_UNDO | caught
 * check: queue without a new look after a failed undo | -DPASS_AFTER_UNDO | caught
 * check: queue without a claim for reading | -DPLAIN_READ | caught
 * check: queue without writing before publishing | -DPUBLISH_FIRST | caught
 * check: queue without sleep behind a cell being read | -DSLEEP_ON_SAME_LAP | caught
 * check: queue that drops the oldest | -DDROP_OLDEST | ok
 * check: queue that drops whatever the cell holds by now | -DDROP_OLDEST -DBLIND_DROP | caught
 * check: queue with payloads in the store | -DSTORED | ok
 * check: queue with payloads in the store that drops the oldest | -DSTORED -DDROP_OLDEST | ok
 * check: queue with payloads in the store, no word on what the dead left | -DSTORED -DSILENT_UNDO | caught
 * check: queue that forgets the payload of what it drops | -DSTORED -DDROP_OLDEST -DSILENT_DROP | caught
 * check: queue whose pushes fail | -DFAILS -DSTORED | ok
 * check: queue whose pushes fail and leave their claim | -DFAILS -DKEEP_CLAIM | caught
 */

#define PUSHES 2
#ifndef OTHER_PUSHES
#define OTHER_PUSHES 1
#endif
#define CAPACITY 2
#define CELL(position) ((position) % CAPACITY)
#define LAP(position) ((position) / CAPACITY)

/* A control word: state, owner, lap. An empty cell has an owner where a payload may be left. */
#define EMPTY 0
#define WRITING 1
#define FULL 2
#define READING 3
#define NOBODY 7
#define CONTROL(state, owner, lap) ((state) + 4 * (owner) + 32 * (lap))
#define STATE(word) ((word) % 4)
#define OWNER(word) (((word) / 4) % 8)
#define LAP_OF(word) ((word) / 32)
#define IS_CLAIM(word) (STATE(word) == WRITING || STATE(word) == READING)

/* Producers are 0 and 1, consumers 2 and 3. */
#define ELEMENT(producer, sequence) ((producer) * PUSHES + (sequence))
#define PRODUCER(element) ((element) / PUSHES)
#define BIT(element) (1 << (element))

byte control[CAPACITY];
byte first[CAPACITY], second[CAPACITY];  /* the payload: both hold the element */
byte entry[CAPACITY];  /* the element whose payload lies in the store, plus 1 */
byte head, tail;
bool dead[4], over[2];

/* The first element of each producer has a payload that lies in the store. */
#define IS_STORED(element) ((element) % PUSHES == 0)
#ifdef SILENT_UNDO
#define LEFT_BY(word) NOBODY
#else
#define LEFT_BY(word) OWNER(word)
#endif

/* Seen by assertions only. */
byte inside[CAPACITY];          /* the element a cell was claimed for */
byte pushed, delivered, lost, dropped;  /* sets of elements */
byte taken[2];                  /* per producer: the last element claimed by a consumer, plus 1 */

/* Whether an attempt would not find the queue full, or empty, at this moment. */
#define AT_TAIL control[CELL(tail)]
#define AT_HEAD control[CELL(head)]
#ifdef NO_UNDO
#define IS_UNDONE(word) false
#else
#define IS_UNDONE(word) (IS_CLAIM(word) && dead[OWNER(word)])
#endif
#ifdef DROP_OLDEST
#define CAN_DROP(word) (STATE(word) == FULL)
#else
#define CAN_DROP(word) false
#endif
#define CAN_WRITE (LAP_OF(AT_TAIL) >= LAP(tail) || IS_UNDONE(AT_TAIL) || CAN_DROP(AT_TAIL))
#define CAN_READ (LAP_OF(AT_HEAD) > LAP(head) \
  || LAP_OF(AT_HEAD) == LAP(head) && (STATE(AT_HEAD) == FULL || STATE(AT_HEAD) == READING) \
  || STATE(AT_HEAD) == WRITING && IS_UNDONE(AT_HEAD))

/* MessageQueue.isEmpty: whether a consumer sleeps. */
#ifdef SLEEP_ON_SAME_LAP
#define SLEEPS (LAP_OF(AT_HEAD) == LAP(head) \
  && (STATE(AT_HEAD) == EMPTY || STATE(AT_HEAD) == WRITING))
#else
#define SLEEPS (LAP_OF(AT_HEAD) < LAP(head) \
  || LAP_OF(AT_HEAD) == LAP(head) && (STATE(AT_HEAD) == EMPTY || STATE(AT_HEAD) == WRITING))
#endif

#define HERE control[CELL(position)]

inline moveOn(place) {
  if
  :: place == position -> place = position + 1
  :: else
  fi
}

#ifdef NO_DEATH_CHECK
#define IS_DEAD(word) true
#else
#define IS_DEAD(word) IS_UNDONE(word)
#endif

/* Empties the cell that the claim `word` was read from. */
inline undo() {
  d_step {
    if
#ifdef BLIND_UNDO
    :: true ->
#else
    :: HERE == word ->
#endif
      HERE = CONTROL(EMPTY, LEFT_BY(word), LAP_OF(word) + 1);
      assert(dead[OWNER(word)]);
      lost = lost | BIT(inside[CELL(position)])
    :: else
    fi;
    word = 0
  }
}

proctype producer(byte me; byte pushes) {
  byte sequence, position, word;
  bool won, nothing, leftover;
  {
    do
    :: sequence == pushes -> break
    :: sequence < pushes ->
      /* claimForWriting */
#ifdef PLAIN_TICKET
      d_step { position = tail; tail++ };
      d_step {
        STATE(HERE) == EMPTY && LAP_OF(HERE) == LAP(position);
        leftover = OWNER(HERE) != NOBODY;
        HERE = CONTROL(WRITING, me, LAP(position));
        inside[CELL(position)] = ELEMENT(me, sequence)
      };
#else
      do
      :: won -> won = false; break
      :: !won && !nothing ->
        position = tail;
        if
        :: d_step {
            STATE(HERE) == EMPTY && LAP_OF(HERE) == LAP(position);
            leftover = OWNER(HERE) != NOBODY;
            HERE = CONTROL(WRITING, me, LAP(position));
            inside[CELL(position)] = ELEMENT(me, sequence);
            won = true
          }
        :: d_step {
            LAP_OF(HERE) > LAP(position) || LAP_OF(HERE) == LAP(position) && STATE(HERE) != EMPTY;
            moveOn(tail);
            position = 0
          }
        :: d_step {
            LAP_OF(HERE) < LAP(position) && !IS_CLAIM(HERE) && !CAN_DROP(HERE);
            nothing = true;
            position = 0
          }
        :: d_step { LAP_OF(HERE) < LAP(position) && CAN_DROP(HERE); word = HERE };
          /* replaceOldest */
          d_step {
            if
#ifdef BLIND_DROP
            :: true ->
#else
            :: HERE == word ->
#endif
              HERE = CONTROL(WRITING, me, LAP(position));
              dropped = dropped | BIT(inside[CELL(position)]);
              inside[CELL(position)] = ELEMENT(me, sequence);
#ifndef SILENT_DROP
              leftover = IS_STORED(first[CELL(position)]);
#endif
              won = true
            :: else -> position = 0
            fi;
            word = 0
          }
        :: d_step { LAP_OF(HERE) < LAP(position) && IS_CLAIM(HERE); word = HERE };
          if
          :: d_step { !IS_UNDONE(word); nothing = true; position = 0; word = 0 }
          :: IS_DEAD(word) -> undo()
          fi
        fi
      :: d_step { nothing && CAN_WRITE; nothing = false }  /* waits */
      od;
#endif
      /* fill */
#ifdef STORED
      if
      :: IS_STORED(ELEMENT(me, sequence)) -> entry[CELL(position)] = ELEMENT(me, sequence) + 1
      :: !IS_STORED(ELEMENT(me, sequence)) && leftover -> entry[CELL(position)] = 0
      :: !IS_STORED(ELEMENT(me, sequence)) && !leftover
      fi;
#endif
#ifdef FAILS
      if
      :: d_step {
          sequence == 0;
#ifndef KEEP_CLAIM
          HERE = CONTROL(EMPTY, me, LAP(position) + 1);
#endif
          sequence++;
          position = 0;
          leftover = false
        };
        goto next
      :: true
      fi;
#endif
#ifdef PUBLISH_FIRST
      HERE = CONTROL(FULL, NOBODY, LAP(position));
#endif
      first[CELL(position)] = ELEMENT(me, sequence);
      second[CELL(position)] = ELEMENT(me, sequence);
      d_step {
#ifndef PUBLISH_FIRST
        HERE = CONTROL(FULL, NOBODY, LAP(position));
#endif
        pushed = pushed | BIT(ELEMENT(me, sequence));
        sequence++
      };
      d_step {
#ifndef PLAIN_TICKET
        moveOn(tail);
#endif
        position = 0;
        leftover = false
      };
next:
      skip
    od;
    over[me] = true
  } unless {
    d_step { dead[me]; sequence = 0; position = 0; word = 0; won = false; nothing = false;
      leftover = false }
  }
}

proctype consumer(byte me) {
  byte position, word, one;
  bool won, nothing;
  {
    do
    :: true ->
      /* claimForReading */
      do
      :: won -> won = false; break
      :: !won && !nothing ->
        position = head;
        if
        :: d_step {
            HERE == CONTROL(FULL, NOBODY, LAP(position));
#ifndef PLAIN_READ
            HERE = CONTROL(READING, me, LAP(position));
#endif
            /* In the order of its producer. */
            one = inside[CELL(position)];
            assert(one % PUSHES >= taken[PRODUCER(one)]);
            taken[PRODUCER(one)] = one % PUSHES + 1;
            one = 0;
            won = true
          };
          d_step { moveOn(head) }
        :: d_step {
            (LAP_OF(HERE) > LAP(position)
              || LAP_OF(HERE) == LAP(position) && STATE(HERE) == READING);
            moveOn(head);
            position = 0
          }
        :: d_step { LAP_OF(HERE) == LAP(position) && STATE(HERE) == WRITING; word = HERE };
          if
          :: d_step { !IS_UNDONE(word); nothing = true; position = 0; word = 0 }
          :: IS_DEAD(word) ->
            undo();
#ifdef PASS_AFTER_UNDO
            d_step { moveOn(head) }
#endif
          fi
        :: d_step {
            (LAP_OF(HERE) < LAP(position)
              || LAP_OF(HERE) == LAP(position) && STATE(HERE) == EMPTY);
            nothing = true;
            position = 0
          }
        fi
      :: nothing ->  /* empty: waits */
        if
        :: d_step { CAN_READ; nothing = false }
        :: d_step { !(CAN_READ); assert(SLEEPS); nothing = false };
endEmpty:
          CAN_READ
        fi
      od;
      /* lend, and empty the cell */
      one = first[CELL(position)];
#ifdef STORED
      if
      :: IS_STORED(one) ->
        assert(entry[CELL(position)] == one + 1);
        entry[CELL(position)] = 0
      :: !IS_STORED(one)
      fi;
#endif
      d_step {
        assert(one == second[CELL(position)]);
        assert(!(delivered & BIT(one)));
        assert(!((lost | dropped) & BIT(one)));
        delivered = delivered | BIT(one);
        one = 0
      };
      d_step {
        HERE = CONTROL(EMPTY, NOBODY, LAP(position) + 1);
        position = 0
      }
    od
  } unless {
    d_step { dead[me]; position = 0; word = 0; one = 0; won = false; nothing = false }
  }
}

proctype death() {
end:
  do
  :: d_step { !dead[0]; dead[0] = true }
  :: d_step { !dead[2]; dead[2] = true }
  od
}

/* Elements in the hands of a dead consumer whose cell nobody has needed since. */
#define HELD(cell) \
  (STATE(control[cell]) == READING && dead[OWNER(control[cell])] -> BIT(inside[cell]) : 0)

/* Whether nothing lies in the store under a cell whose word does not say so. */
#define IS_TIDY(cell) (entry[cell] == 0 || IS_CLAIM(control[cell]) \
  || STATE(control[cell]) == EMPTY && OWNER(control[cell]) != NOBODY)

init {
  atomic {
    control[0] = CONTROL(EMPTY, NOBODY, 0);
    control[1] = CONTROL(EMPTY, NOBODY, 0);
    run producer(0, PUSHES);
    run producer(1, OTHER_PUSHES);
    run consumer(2);
    run consumer(3);
    run death()
  };
  timeout;
  assert(dead[0] || over[0]);
  assert(over[1]);
  assert((pushed & ~(delivered | lost | dropped | HELD(0) | HELD(1))) == 0);
  /* What nobody died with is delivered. */
  assert(dead[2] || (pushed & ~(delivered | dropped)) == 0);
  assert(IS_TIDY(0) && IS_TIDY(1))
}
