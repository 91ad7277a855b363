/* A ring of one cell whose elements move into claims until they are acknowledged: a producer that comes
 * round to the cell with every element, and consumers of which some die at any step, or are late.
 *
 * Every step below is one access to shared memory; a compare-and-swap is one step. A producer or consumer
 * that finds nothing to do waits until that would change: what never does is a survivor blocked for ever.
 * A look for something to take over finds whichever there is. README.md says what is left out.
 *
 * check: claims, whoever dies | -DPUSHES=3 -DONE_DIES | ok
 * check: claims, who rescues dies too | -DPUSHES=1 -DONE_DIES -DTWO_DIES -DTHIRD | ok
 * check: claims, whoever is late, or gives back | -DPUSHES=2 -DLATE=2 -DGIVES_BACK | ok
 * check: claims, whoever is late and dies | -DPUSHES=2 -DLATE=1 -DONE_DIES -DGIVES_BACK | ok
 * check: claims of two threads of a process | -DPUSHES=3 -DLATE=1 -DONE_PROCESS | ok
 * check: claims, with the oldest dropped | -DPUSHES=3 -DONE_DIES -DDROP_OLDEST | ok
 * check: claims whose cell is emptied first | -DPUSHES=2 -DONE_DIES -DEMPTY_FIRST | caught
 * check: claims whose cell is emptied while it is copied | -DPUSHES=2 -DONE_DIES -DEMPTY_FILLING | caught
 * check: claims that do not say where they take | -DPUSHES=2 -DONE_DIES -DSILENT | caught
 * check: claims that are freed while a cell names them | -DPUSHES=2 -DONE_DIES -DKEEP_CELL | caught
 * check: claims of the dead that are freed without a look at the cell | -DPUSHES=2 -DONE_DIES -DNO_RESCUE | caught
 * check: claims that nobody rescues | -DPUSHES=3 -DONE_DIES -DNEVER_RESCUE | caught
 * check: claims that are rescued by several at once | -DPUSHES=3 -DONE_DIES -DRESCUE_AT_ONCE | caught
 * check: claims that are rescued from the living | -DPUSHES=2 -DNO_DEATH_CHECK | caught
 * check: claims whose cell is emptied whatever it holds by now | -DPUSHES=2 -DBLIND_EMPTY | caught
 * check: claims that are acknowledged whoever has them by now | -DPUSHES=2 -DLATE=1 -DBLIND_ACKNOWLEDGE | caught
 * check: claims without a version | -DPUSHES=3 -DLATE=1 -DONE_PROCESS -DNO_VERSION | caught
 */

#ifndef PUSHES
#define PUSHES 2
#endif
#ifndef LATE
#define LATE 0                  /* how often a claim of the living may be taken over */
#endif
#define CLAIMS 2

/* The word of the cell: state, claim, lap. Positions are laps. */
#define EMPTY 0
#define FULL 1
#define READING 2
#define CELL(state, claim, lap) ((state) + 4 * (claim) + 16 * (lap))

/* The word of a claim: state, owner, version. */
#define FREE 0
#define FILLING 1
#define TAKING 2                /* `reading` in the code */
#define HELD 3
#define RETURNED 4
#define WORD(state, owner, version) ((state) + 8 * (owner) + 32 * (version))
#define STATE(word) ((word) % 8)
#define OWNER(word) (((word) / 8) % 4)
#ifdef NO_VERSION
#define NEXT(word, state, owner) WORD(state, owner, 0)
#else
#define NEXT(word, state, owner) WORD(state, owner, (word) / 32 + 1)
#endif

/* The producer is 0, consumers are 1 to 3; whom they say they are. */
#ifdef ONE_PROCESS
#define IDENTITY(me) 1
#else
#define IDENTITY(me) (me)
#endif
#define BIT(element) (1 << (element))

short cell = CELL(EMPTY, 0, 0);
byte inCell;
short claim[CLAIMS];
byte announced[CLAIMS], inClaim[CLAIMS];
byte head;
bool dead[4], over;
byte lateLeft = LATE;

/* Seen by assertions only. */
byte acknowledged, dropped;

#ifdef NO_DEATH_CHECK
#define IS_DEAD(word) true
#else
#define IS_DEAD(word) dead[OWNER(word)]
#endif
#ifdef NEVER_RESCUE
#define IS_RESCUED(word) false
#else
#define IS_RESCUED(word) (STATE(word) == FILLING && IS_DEAD(word))
#endif
#define IS_LEFT(word) (STATE(word) == RETURNED \
  || (STATE(word) == HELD || STATE(word) == TAKING) && dead[OWNER(word)])
#define IS_LATE(word) (STATE(word) == HELD && lateLeft > 0)
#define HAS_ELEMENT(word) (STATE(word) == TAKING || STATE(word) == HELD || STATE(word) == RETURNED)

/* Whether the ring has something to take, or a head that lags; whether a claim can be had. */
#define CAN_READ (cell / 16 > head \
  || cell / 16 == head && (cell % 4 == FULL || cell % 4 == READING))
#define CAN_HAVE(word) (STATE(word) == FREE || IS_LEFT(word) || IS_RESCUED(word))
#define CAN_CLAIM (CAN_HAVE(claim[0]) || CAN_HAVE(claim[1]))

/* Changes `place` from `old` to `new`, if it is as it was. */
inline swap(place, old, new, isDone) {
  d_step {
    isDone = place == (old);
    if
    :: isDone -> place = new
    :: else
    fi
  }
}

/* ClaimRing.release, of the cell at `position` that names the claim `number`. */
inline emptyCell(position) {
  d_step {
    if
#ifdef BLIND_EMPTY
    :: true ->
#else
    :: cell == CELL(READING, number, position) ->
#endif
      cell = CELL(EMPTY, 0, position + 1)
    :: else
    fi
  }
}

/* ElementClaims.rescue, of the claim `number` that was seen as `word`. */
inline rescue(identity) {
#ifdef RESCUE_AT_ONCE
  won = true;
#else
  swap(claim[number], word, NEXT(word, FILLING, identity), won);
  if
  :: won -> word = NEXT(word, FILLING, identity)
  :: else
  fi;
#endif
  if
  :: won ->
    position = announced[number];
    if
#ifndef NO_RESCUE
    :: cell == CELL(READING, number, position) ->
      element = inCell;
      inClaim[number] = element;
      swap(claim[number], word, NEXT(word, RETURNED, 0), won);
      if
      :: won -> emptyCell(position)
      :: else
      fi
    :: else ->
#else
    :: true ->
#endif
      swap(claim[number], word, NEXT(word, FREE, 0), won)
    fi
  :: else
  fi
}

proctype producer() {
  byte sequence, number, position, element;
  short word, seen;
  bool won;
  do
  :: sequence == PUSHES -> break
  :: sequence < PUSHES ->
    if
    :: cell == CELL(EMPTY, 0, sequence) ->
      inCell = sequence;
      cell = CELL(FULL, 0, sequence);
      sequence++
#ifdef DROP_OLDEST
    :: d_step {
        sequence > 0 && cell == CELL(FULL, 0, sequence - 1);
        dropped = dropped | BIT(inCell);
        cell = CELL(EMPTY, 0, sequence)
      }
#endif
    :: d_step { cell % 4 == READING; seen = cell; number = (seen / 4) % 4 };
      /* ElementClaims.clear */
      word = claim[number];
      if
#ifdef EMPTY_FILLING
      :: STATE(word) != FREE ->
#else
      :: HAS_ELEMENT(word) ->
#endif
        swap(cell, seen, CELL(EMPTY, 0, sequence), won)
      :: IS_RESCUED(word) -> rescue(0)
      :: else ->
        assert(STATE(word) != FREE || cell != seen);
        /* Waits, and looks again. */
        (cell != seen || claim[number] != word || IS_RESCUED(claim[number]))
      fi;
      d_step { word = 0; seen = 0; number = 0; position = 0; element = 0; won = false }
    fi
  od;
  over = true
}

proctype consumer(byte me) {
  byte number, position, element, mine;
  short word;
  bool won, has;
  bool givesBack;
  {
    do
    :: d_step { has = false; won = false; word = 0; position = 0; element = 0; mine = 0;
        number = 0 };
endIdle:
      if
      /* takeOver */
      :: d_step { IS_LEFT(claim[0]); number = 0; word = claim[0] }; goto takes
      :: d_step { IS_LEFT(claim[1]); number = 1; word = claim[1] }; goto takes
      :: d_step { IS_LATE(claim[0]); number = 0; word = claim[0]; lateLeft-- }; goto takes
      :: d_step { IS_LATE(claim[1]); number = 1; word = claim[1]; lateLeft-- }; goto takes
      :: d_step { IS_RESCUED(claim[0]); number = 0; word = claim[0] }; rescue(IDENTITY(me))
      :: d_step { IS_RESCUED(claim[1]); number = 1; word = claim[1] }; rescue(IDENTITY(me))
      /* reserve */
      :: d_step {
          CAN_READ;
          if
          :: STATE(claim[0]) == FREE -> number = 0
          :: STATE(claim[0]) != FREE && STATE(claim[1]) == FREE -> number = 1
          :: STATE(claim[0]) != FREE && STATE(claim[1]) != FREE -> number = 2
          fi;
          if
          :: number < 2 -> word = NEXT(claim[number], FILLING, IDENTITY(me)); claim[number] = word
          :: else
          fi
        };
        if
        :: number == 2 ->
          /* No claim is free: an error, and another attempt when it may go otherwise. */
endFull:
          CAN_CLAIM
        :: else ->
          /* claimForReading */
          do
          :: position = head;
            if
            :: cell == CELL(FULL, 0, position) ->
#ifndef SILENT
              announced[number] = position;
#endif
              swap(cell, CELL(FULL, 0, position), CELL(READING, number, position), won);
              if
              :: won ->
                d_step {
                  if
                  :: head == position -> head = position + 1
                  :: else
                  fi
                };
                break
              :: else
              fi
            :: cell / 16 > position || cell % 4 == READING && cell / 16 == position ->
              d_step {
                if
                :: head == position -> head = position + 1
                :: else
                fi
              }
            :: else -> break
            fi
          od;
          if
          :: won ->
#ifdef SILENT
            announced[number] = position;
#endif
            mine = inCell;
            inClaim[number] = mine;
#ifdef EMPTY_FIRST
            emptyCell(position);
#endif
            swap(claim[number], word, NEXT(word, HELD, IDENTITY(me)), won);
            if
            :: won -> word = NEXT(word, HELD, IDENTITY(me)); emptyCell(position); has = true
            :: else
            fi
          :: else -> swap(claim[number], word, NEXT(word, FREE, 0), won)
          fi
        fi
      fi;
      goto settle;
takes:
      swap(claim[number], word, NEXT(word, TAKING, IDENTITY(me)), won);
      if
      :: won ->
        word = NEXT(word, TAKING, IDENTITY(me));
#ifndef KEEP_CELL
        position = announced[number];
        emptyCell(position);
#endif
        mine = inClaim[number];
        swap(claim[number], word, NEXT(word, HELD, IDENTITY(me)), won);
        if
        :: won -> word = NEXT(word, HELD, IDENTITY(me)); has = true
        :: else
        fi
      :: else
      fi;
settle:
      if
      :: has ->
        if
        :: true ->
          /* acknowledge */
          d_step {
            if
#ifdef BLIND_ACKNOWLEDGE
            :: true ->
#else
            :: claim[number] == word ->
#endif
              assert(inClaim[number] == mine);
              assert(!((acknowledged | dropped) & BIT(mine)));
              acknowledged = acknowledged | BIT(mine);
              claim[number] = NEXT(word, FREE, 0)
            :: else
            fi
          }
#ifdef GIVES_BACK
        :: !givesBack ->
          d_step {
            givesBack = true;
            if
            :: claim[number] == word -> claim[number] = NEXT(word, RETURNED, 0)
            :: else
            fi
          }
#endif
        fi
      :: else
      fi
    od
  } unless {
    d_step { dead[me]; number = 0; position = 0; element = 0; mine = 0; word = 0; won = false;
      has = false; givesBack = false }
  }
}

proctype death() {
end:
  do
#ifdef ONE_DIES
  :: d_step { !dead[1]; dead[1] = true }
#endif
#ifdef TWO_DIES
  :: d_step { !dead[2]; dead[2] = true }
#endif
  :: false
  od
}

init {
  atomic {
    run producer();
    run consumer(1);
    run consumer(2);
#ifdef THIRD
    run consumer(3);
#endif
    run death()
  };
  timeout;
  d_step {
    assert(over);
    assert((acknowledged | dropped) == BIT(PUSHES) - 1 && (acknowledged & dropped) == 0);
    assert(STATE(claim[0]) == FREE && STATE(claim[1]) == FREE);
    assert(cell % 4 == EMPTY)
  }
}
