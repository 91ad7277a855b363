/* The store: two writers of one key, a reader, sweepers.
 *
 * A process dies when its element of `dead` is set: at any step, and for ever. Every step below is
 * one access to shared memory; a compare-and-swap is one step, and so is a look at a word with the
 * compare-and-swap from what was seen. The index stands still: while it moves, announcements are
 * settled by searching the key, see growth.pml. README.md says what is left out.
 *
 * check: publish | -DREUSE | ok
 * check: publish, read and swept | -DSWEPT -DREADER | ok
 * check: publish and delete, both writers mortal | -DSWEPT -DDELETES -DDEATHS=2 | ok
 * check: publish, two sweepers of which one is mortal | -DSWEPT -DSWEEPERS=2 | ok
 * check: publish without ensureLive | -DSWEPT -DNO_ENSURE_LIVE | caught
 * check: publish without a second look after the copy | -DREUSE -DNO_SECOND_LOOK | caught
 * check: publish without a fence before the second look | -DREUSE -DLOOK_FIRST | caught
 * check: publish without a second look after the pin | -DREUSE -DNO_RECHECK_AFTER_PIN | caught
 * check: publish without an exchange for the pin | -DREUSE -DPLAIN_PIN | caught
 * check: publish without looking at pins before reuse | -DREUSE -DNO_SCAN | caught
 * check: publish without retiring before the pins are read | -DREUSE -DSCAN_FIRST | caught
 * check: publish without announcing before the commit | -DSWEPT -DNO_INTENT_ORDER | caught
 * check: publish without announcing to the end | -DSWEPT -DCLEAR_EARLY | caught
 * check: publish without settling before freeing | -DSWEPT -DBLOCKS_FIRST | caught
 * check: publish without lanes kept to the end | -DSWEPT -DSWEEPERS=2 -DLANES_FIRST | caught
 * check: publish without waiting for a death | -DSWEPT -DHASTY | caught
 * check: publish without taking from the gone | -DSWEPT -DREADER -DNO_TAKER | caught
 */

#ifdef REUSE  /* nobody dies; the first writer reuses what it retired */
#define READER
#define TAKER
#define PUTS 2
#endif
#ifdef SWEPT  /* the first writer may die and is swept */
#ifndef DEATHS
#define DEATHS 1
#endif
#ifndef SWEEPERS
#define SWEEPERS 1
#endif
#endif
#ifndef DEATHS
#define DEATHS 0
#endif
#ifndef SWEEPERS
#define SWEEPERS 0
#endif
#ifndef PUTS
#define PUTS 1  /* of the first writer; the second makes one change */
#endif
#define BLOCKS 3

/* A slot word: generation and block. No block has the one that a tombstone seems to name. */
#define TOMBSTONE 255
#define WORD(block, generation) ((generation) * 4 + (block) + 1)
#define BLOCK(word) (((word) - 1) % 4)
#define GENERATION(word) (((word) - 1) / 4)

/* A block header: state, owner, generation. */
#define FREE 0
#define ALLOCATED 1
#define LIVE 2
#define RETIRED 3
#define HEADER(state, owner, generation) ((state) + 4 * (owner) + 16 * (generation))
#define STATE(header) ((header) % 4)
#define OWNER(header) (((header) / 4) % 4)
#define GENERATION_OF(header) ((header) / 16)
#define FREED(header) HEADER(FREE, 0, GENERATION_OF(header))

byte slot = WORD(0, 1);
byte header[BLOCKS];
#define HAS_STATE(word, state) (STATE(header[BLOCK(word)]) == state \
  && GENERATION_OF(header[BLOCK(word)]) == GENERATION(word))
byte first[BLOCKS], second[BLOCKS];  /* the record: both hold the generation it was written for */

/* A lane per writer, and the row of its process. */
bool row[2] = true, lane[2] = true;
bool announced[2];
byte intent_old[2], intent_new[2];

byte pin;     /* the reader's */
byte held;    /* what the reader has pinned and seen in the slot: seen by assertions only */
bool dead[4]; /* writers 0 and 1, sweepers 2 and 3 */
bool over[2];

#ifdef NO_SCAN
#define IS_UNPINNED(word) true
#else
#define IS_UNPINNED(word) (pin != (word))
#endif

/* No slot and no validated pin names what is being freed or reused. */
inline mustBeGone(word) {
  assert(slot != (word));
  assert(held != (word))
}

/* BlockTable.step. */
inline makeStep(word, owner, state) {
  if
  :: header[BLOCK(word)] == HEADER(ALLOCATED, owner, GENERATION(word)) ->
    header[BLOCK(word)] = HEADER(state, owner, GENERATION(word))
  :: else
  fi
}

inline ensureLive(word) {
  if
  :: HAS_STATE(word, ALLOCATED) ->
    header[BLOCK(word)] = HEADER(LIVE, OWNER(header[BLOCK(word)]), GENERATION(word))
  :: else
  fi
}

inline retire(word, owner) {
  if
  :: HAS_STATE(word, LIVE) ->
    assert(slot != word);
    header[BLOCK(word)] = HEADER(RETIRED, owner, GENERATION(word));
    won = true
  :: else -> won = false
  fi
}

inline takeFree(block) {
  d_step {
    STATE(header[block]) == FREE;
    header[block] = HEADER(ALLOCATED, me, GENERATION_OF(header[block]) + 1);
    new = WORD(block, GENERATION_OF(header[block]))
  }
}

inline takeReusable() {
  if
  :: header[BLOCK(reusable)] == HEADER(RETIRED, me, GENERATION(reusable)) ->
    mustBeGone(reusable);
    header[BLOCK(reusable)] = HEADER(ALLOCATED, me, GENERATION(reusable) + 1);
    new = WORD(BLOCK(reusable), GENERATION(reusable) + 1)
  :: else
  fi;
  reusable = 0
}

inline freeReusable() {
  if
  :: header[BLOCK(reusable)] == HEADER(RETIRED, me, GENERATION(reusable)) ->
    mustBeGone(reusable);
    header[BLOCK(reusable)] = FREED(header[BLOCK(reusable)])
  :: else
  fi;
  reusable = 0
}

inline announce() {
  d_step { intent_old[me] = old; intent_new[me] = new; announced[me] = true }
}

inline clearIntent() {
  d_step { announced[me] = false; intent_old[me] = 0; intent_new[me] = 0 }
}

proctype writer(byte me; byte changes) {
  byte old, new, limbo, reusable;
  bool won;
  {
    do
    :: changes == 0 -> break
    :: changes > 0 ->
      /* Reclaim what was retired, if nobody has pinned it. */
      d_step {
        changes--;
        if
        :: limbo != 0 && IS_UNPINNED(limbo) -> reusable = limbo; limbo = 0
        :: else
        fi
      };
      do
      :: new != 0 -> break
#ifdef DELETES
      :: me == 1 && new == 0 -> new = TOMBSTONE
#endif
      :: d_step { reusable != 0; takeReusable() }
      :: d_step { reusable != 0; freeReusable() }
      :: reusable == 0 && new == 0 ->
        if
        :: takeFree(0)
        :: takeFree(1)
        :: takeFree(2)
        :: STATE(header[0]) != FREE && STATE(header[1]) != FREE && STATE(header[2]) != FREE ->
          goto stop
        fi
      od;
      if
      :: new != TOMBSTONE ->
        first[BLOCK(new)] = GENERATION(new);
        second[BLOCK(new)] = GENERATION(new)
      :: else
      fi;
      /* Publish. */
      do
      :: true ->
        old = slot;
#ifndef NO_ENSURE_LIVE
        d_step { ensureLive(old) };
#endif
#ifndef NO_INTENT_ORDER
        announce();
#endif
        d_step {
          won = (slot == old);
          if
          :: won ->
            assert(new == TOMBSTONE
              || header[BLOCK(new)] == HEADER(ALLOCATED, me, GENERATION(new)));
            slot = new
          :: else
          fi
        };
        if
        :: won -> break
        :: else -> clearIntent()
        fi
      od;
#ifdef NO_INTENT_ORDER
      announce();
#endif
#ifdef CLEAR_EARLY
      clearIntent();
#endif
      atomic { makeStep(new, me, LIVE); new = 0 };
      d_step {
        retire(old, me);
        if
        :: won && limbo == 0 -> limbo = old
        :: else  /* stays retired by this writer */
        fi;
        old = 0;
        won = false
      };
      clearIntent()
    od;
stop:
    atomic { over[me] = true; changes = 0; limbo = 0; reusable = 0 }
  } unless {
    d_step { dead[me]; changes = 0; old = 0; new = 0; limbo = 0; reusable = 0; won = false }
  }
}

#ifdef PLAIN_PIN
/* A store buffer of one entry between the reader and memory. */
byte buffered;
active proctype drain() {
end:
  do
  :: d_step { buffered != 0; pin = buffered; buffered = 0 }
  od
}
#endif

#ifdef READER
proctype reader() {
  byte word, one, other, now;
  word = slot;
  if
  :: true ->  /* copy and look again */
#ifdef LOOK_FIRST  /* as a processor may that is not told otherwise */
    now = slot;
#endif
    one = first[BLOCK(word)];
    other = second[BLOCK(word)];
#ifndef NO_SECOND_LOOK
#ifndef LOOK_FIRST
    now = slot;
#endif
    if
    :: now == word -> assert(one == GENERATION(word) && other == GENERATION(word))
    :: else
    fi
#else
    assert(one == GENERATION(word) && other == GENERATION(word))
#endif
  :: true ->  /* pin and look again */
#ifdef PLAIN_PIN
    buffered = word;
#else
    pin = word;
#endif
    d_step {
#ifdef NO_RECHECK_AFTER_PIN
      held = word
#else
      if
      :: slot == word -> held = word
      :: else
      fi
#endif
    };
    if
    :: held != 0 ->
      d_step {
        assert(GENERATION_OF(header[BLOCK(held)]) == GENERATION(held));
        assert(first[BLOCK(held)] == GENERATION(held))
      };
      d_step {
        assert(second[BLOCK(held)] == GENERATION(held));
        held = 0
      }
    :: else
    fi;
#ifdef PLAIN_PIN
    buffered == 0;
#endif
    pin = 0
  fi
}
#endif

/* The pass over the blocks: what is still allocated was never published. */
inline freeAllocated(owner) {
  d_step {
    i = 0;
    do
    :: i < BLOCKS ->
      if
      :: STATE(header[i]) == ALLOCATED && OWNER(header[i]) == owner ->
        mustBeGone(WORD(i, GENERATION_OF(header[i])));
        header[i] = FREED(header[i])
      :: else
      fi;
      i++
    :: else -> break
    od;
    i = 0
  }
}

/* Sweeper.freeRetired: the retired first, then the pins, then one compare-and-swap each. */
inline listRetired(condition) {
  i = 0;
  do
  :: i < BLOCKS ->
    if
    :: STATE(header[i]) == RETIRED && (condition) -> seen[i] = header[i]
    :: else
    fi;
    i++
  :: else -> break
  od;
  i = 0
}

inline freeSeen() {
  i = 0;
  do
  :: i < BLOCKS ->
    if
    :: seen[i] != 0 && header[i] == seen[i] && scanned != WORD(i, GENERATION_OF(seen[i])) ->
      mustBeGone(WORD(i, GENERATION_OF(seen[i])));
      header[i] = FREED(header[i])
    :: else
    fi;
    seen[i] = 0;
    i++
  :: else -> break
  od;
  i = 0;
  scanned = 0
}

inline freeRetired(condition) {
#ifdef SCAN_FIRST
  scanned = pin;
  d_step { listRetired(condition) };
#else
  d_step { listRetired(condition); scanned = pin };
#endif
  d_step { freeSeen() }
}

inline settleIntent(owner) {
  d_step {
    if
    :: lane[owner] && announced[owner] -> old = intent_old[owner]; new = intent_new[owner]
    :: else
    fi
  };
  if
  :: new != 0 ->
    current = slot;
    d_step {
      if
      :: current == new -> makeStep(new, owner, LIVE)
      :: else
      fi
    };
    d_step {
      if
      :: current != old -> retire(old, owner)
      :: else
      fi;
      current = 0; old = 0; new = 0; won = false
    }
  :: else
  fi
}

inline settle(owner) {
#ifdef LANES_FIRST
  lane[owner] = false;
#endif
#ifdef BLOCKS_FIRST
  freeAllocated(owner);
  settleIntent(owner);
#else
  settleIntent(owner);
  freeAllocated(owner);
#endif
  lane[owner] = false;
  freeRetired(OWNER(header[i]) == owner);
  row[owner] = false
}

#if SWEEPERS > 0
#ifdef HASTY
#define SEEMS_DEAD(owner) (owner == 0)
#else
#define SEEMS_DEAD(owner) dead[owner]
#endif

proctype sweeper(byte me) {
  byte current, old, new, scanned, i;
  byte seen[BLOCKS];
  bool won;
end:
  {
    SEEMS_DEAD(0) || SEEMS_DEAD(1);
    if
    :: SEEMS_DEAD(0) && row[0] -> settle(0)
    :: else
    fi;
#if DEATHS > 1
    if
    :: SEEMS_DEAD(1) && row[1] -> settle(1)
    :: else
    fi
#endif
  } unless {
    d_step {
      dead[me];
      current = 0; old = 0; new = 0; scanned = 0; i = 0; won = false;
      seen[0] = 0; seen[1] = 0; seen[2] = 0
    }
  }
}
#endif

#ifdef TAKER
/* A writer in a full store takes what others retired. */
proctype taker() {
  byte scanned, i;
  byte seen[BLOCKS];
  freeRetired(true)
}
#endif

#if DEATHS > 0
proctype death() {
end:
  do
  :: d_step { !dead[0] && !over[0]; dead[0] = true }
#if DEATHS > 1
  :: d_step { !dead[1] && !over[1]; dead[1] = true }
#endif
#if SWEEPERS > 1
  :: d_step { !dead[2]; dead[2] = true }
#endif
  od
}
#endif

init {
  byte current, old, new, scanned, i;
  byte seen[BLOCKS];
  bool won;
  atomic {
    header[0] = HEADER(LIVE, 0, 1);
    first[0] = 1;
    second[0] = 1;
#ifdef READER
    run reader();
#endif
    run writer(0, PUTS);
    run writer(1, 1);
#ifdef TAKER
    run taker();
#endif
#if DEATHS > 0
    run death();
#endif
#if SWEEPERS > 0
    run sweeper(2);
#endif
#if SWEEPERS > 1
    run sweeper(3);
#endif
  };
  timeout;
  assert(dead[0] || over[0]);
  assert(dead[1] || over[1]);
  /* One more sweep with nobody about. */
  atomic {
#if DEATHS > 0
    if
    :: dead[0] && row[0] -> settle(0)
    :: else
    fi;
#endif
#if DEATHS > 1
    if
    :: dead[1] && row[1] -> settle(1)
    :: else
    fi;
#endif
#ifndef NO_TAKER
    freeRetired(true);
#endif
    assert(slot == TOMBSTONE || STATE(header[BLOCK(slot)]) == LIVE
      && GENERATION_OF(header[BLOCK(slot)]) == GENERATION(slot)
      && first[BLOCK(slot)] == GENERATION(slot) && second[BLOCK(slot)] == GENERATION(slot));
    i = 0;
    do
    :: i < BLOCKS ->
      assert(STATE(header[i]) != LIVE || slot == WORD(i, GENERATION_OF(header[i])));
      assert(STATE(header[i]) != ALLOCATED && STATE(header[i]) != RETIRED
        || !dead[OWNER(header[i])]);
      i++
    :: else -> break
    od
  }
}
