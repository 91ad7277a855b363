/* The index moves from table to table: a crowd that moves it, one more who may be stopped after any
 * step, writers, a reader, a sweeper. All keys have one path, which is the whole table.
 *
 * Those of the crowd are never stopped: what one does between two steps of others is one step, so the
 * crowd has no state but memory. For the others each access to shared memory is a step; a
 * compare-and-swap is one step, and so is a look at a word with the compare-and-swap from what was
 * seen, or at a record and the generation in its header. Whoever may be stopped may also never come
 * back. The mortal writer dies when its element of `dead` is set: at any step, and for ever. README.md
 * says what is left out.
 *
 * check: growth, somebody reads | -DMOVERS -DREADERS | ok
 * check: growth, somebody puts | -DMOVERS -DPUTS | ok
 * check: growth, somebody deletes | -DMOVERS -DDELETES | ok
 * check: growth, put and read | -DPUTS -DREADERS | ok
 * check: growth, put and delete | -DPUTS_TWICE -DDELETES -DMOVES=1 | ok
 * check: growth, put and delete from a tombstone | -DPUTS -DDELETES -DDELETED -DMOVES=1 | ok
 * check: growth, two puts | -DPUTS -DMORE_PUTS -DDELETED -DMOVES=1 | ok
 * check: growth, paths without an end | -DSLOTS=2 -DPUTS -DREADERS | ok
 * check: growth, a writer dies | -DMORTAL -DPUTS -DMOVES=1 | ok
 * check: growth, a writer dies beside another key | -DMORTAL -DPUTS -DOTHER_DELETES -DBEHIND -DMOVES=0 | ok
 * check: growth, twins | -DTWINS -DSLOTS=4 -DPUTS -DOTHER_DELETES -DMOVES=1 | ok
 * check: growth, twins that come | -DTWINS -DSLOTS=4 -DPUTS -DOTHER_PUTS -DDELETED -DMOVES=1 | ok
 * check: growth, twins that come and go | -DTWINS -DSLOTS=4 -DBLOCKS=4 -DALONE -DPUTS -DMORE_PUTS -DOTHER_DELETES -DMOVES=0 | ok
 * check: growth, tags | -DTAGS -DALONE -DPUTS -DREADERS | ok
 * check: growth with live words in the next table | -DMOVERS -DPUTS -DLIVE_INTO_NEXT | caught
 * check: growth without a look at the state before freezing | -DMOVERS -DREADERS -DNO_LOOK_BEFORE_FREEZING | caught
 * check: growth without a look at the state before preparing | -DMOVERS -DREADERS -DNO_LOOK_BEFORE_PREPARING | caught
 * check: growth with freezing in any order | -DPUTS -DMORE_PUTS -DDELETED -DMOVES=1 -DFREEZE_ANYWHERE | caught
 * check: growth with moving before the end is frozen | -DPUTS -DMOVES=1 -DMOVE_EARLY | caught
 * check: growth without a second look at the old slot | -DMOVERS -DDELETES -DMOVES=1 -DNO_SECOND_LOOK | caught
 * check: growth without moving before changing | -DPUTS -DMOVES=1 -DACT_UNMOVED | caught
 * check: growth without a second look of a put | -DPUTS -DMORE_PUTS -DDELETED -DMOVES=1 -DNO_RELOOK | caught
 * check: growth without a second look of a delete | -DPUTS -DDELETES -DDELETED -DMOVES=1 -DDELETE_LOOKS_ONCE | caught
 * check: growth without epochs in what was never used | -DREADERS -DABSENT_ANYWHERE | caught
 * check: growth with a full path taken for an end | -DSLOTS=2 -DREADERS -DMOVES=1 -DFULL_IS_ABSENT | caught
 * check: growth with a tombstone of a table that is gone | -DRUSH -DPUTS -DPUTS_TWICE -DDELETES -DALONE -DDELETED -DBLIND_TOMBSTONE | caught
 * check: growth with blocks of arrived words made live | -DPUTS_TWICE -DDELETES -DMOVES=1 -DENSURE_ARRIVED | caught
 * check: growth with a sweep by slot | -DMORTAL -DMOVES=1 -DSWEEP_BY_SLOT | caught
 * check: growth with a sweep that looks once | -DMORTAL -DPUTS -DOTHER_DELETES -DBEHIND -DMOVES=0 -DSWEEP_LOOKS_ONCE | caught
 * check: growth with tags stored | -DTAGS -DALONE -DPUTS -DTAG_STORE | caught
 * check: growth with tombstones for any key | -DBLOCKS=4 -DALONE -DPUTS -DMORE_PUTS -DOTHER_DELETES -DMOVES=0 -DANY_HASH | caught
 * check: growth without a mark where twins meet | -DTWINS -DBLOCKS=4 -DALONE -DPUTS -DMORE_PUTS -DOTHER_DELETES -DMOVES=0 -DNO_COLLIDED | caught
 */

#ifndef SLOTS
#define SLOTS 3
#endif
#ifndef BLOCKS
#define BLOCKS 3
#endif
#ifndef MOVES
#define MOVES 2
#endif
#define LAST (1 + MOVES)  /* the epoch of the last table; the first one's is 1 */
#define KEYS 2
#if defined(BEHIND) || defined(ALONE)
#define PLACE 1  /* of the first key in the first table */
#else
#define PLACE 0
#endif

/* A slot word: kind, number of a block or hash, generation or epoch. */
#define NEVER_USED 0
#define LIVE 1
#define TOMBSTONE 2
#define FROZEN 3  /* of an entry, which has not moved; in the next table it has arrived */
#define MOVED 4   /* of an entry that has */
#define EMPTY 5   /* frozen before it was used */
#define DEAD 6    /* frozen tombstone */
#define COLLIDED 256
#define WORD(kind, number, stamp) ((kind) + 8 * (number) + 32 * (stamp))
#define KIND(word) ((word) & 7)
#define NUMBER(word) (((word) >> 3) & 3)
#define STAMP(word) (((word) >> 5) & 7)
#define SAME(word, other) (((word) | COLLIDED) == ((other) | COLLIDED))
#define IS_FROZEN(word, epoch) (KIND(word) >= FROZEN && STAMP(word) == (epoch))
#define HAS_ARRIVED(word, epoch) (KIND(word) == FROZEN && STAMP(word) == (epoch) - 1)

/* An incarnation of a block, as a live word names it; 0 is none. */
#define ENTRY(block, generation) ((block) + 4 * (generation))
#define BLOCK(entry) ((entry) & 3)
#define GENERATION(entry) ((entry) >> 2)
#define ENTRY_IN(word) (((word) >> 3) & 31)  /* the word is live */

/* A block header: state, whether its owner is mortal, generation. */
#define FREE 0
#define ALLOCATED 1
#define IN_USE 2
#define HEADER(state, owner, entry) ((state) + 4 * (owner) + 8 * GENERATION(entry))
#define STATE(header) ((header) & 3)
#define OWNER(header) (((header) >> 2) & 1)
#define ENTRY_OF(block) ENTRY(block, header[block] >> 3)
#define IS_STATE(entry, state) (STATE(header[BLOCK(entry)]) == (state) \
  && header[BLOCK(entry)] >> 3 == GENERATION(entry))

/* The state of the index. */
#define STABLE 0
#define PREPARING 1
#define MOVING 2
#define INDEX(epoch, phase) ((epoch) * 4 + (phase))
#define EPOCH(state) ((state) >> 2)
#define PHASE(state) ((state) & 3)

#ifdef TWINS
#define HASH(key) 0
#else
#define HASH(key) (key)
#endif

byte index = INDEX(1, STABLE);
short area[2 * SLOTS];  /* the table of an epoch lies in one of two areas */
#define SLOT(epoch, number) area[((epoch) & 1) * SLOTS + (number)]
byte header[BLOCKS];
byte keyOf[BLOCKS];

/* The tags of a table: its epoch and, of each slot, 0 or the key's number + 1; one word in each area. */
#ifdef TAGS
byte tagEpoch[2];
byte tags[2 * SLOTS];
#define TAG(epoch, number) tags[((epoch) & 1) * SLOTS + (number)]
#define IS_OTHERS(epoch, number) (TAG(epoch, number) != 0 && TAG(epoch, number) != key + 1)
#else
#define IS_OTHERS(epoch, number) false
#endif

/* The mortal writer's lane. */
bool announced;
byte intentOld, intentNew, intentEpoch, intentSlot;
bool dead[1], over[1];

/* What the store holds: seen by assertions only. */
byte current[KEYS];
int seen;  /* entries of the reader's key that were current during its search; bit 0 for none */

/* What a search does next, or has come to. */
#define BEGIN 0
#define LOOK 1     /* at slot i of the table of epoch t */
#define READ 2     /* the record that the slot names */
#define COMPARE 3  /* the slot once more, since the record is another key's */
#define LEAVE 4    /* the table has no more of the key's path */
#define FOREIGN 5  /* what was found belongs to another table */
#define STUCK 6    /* no slot is left */
#define END 7      /* every slot of the path was used */
#define FOUND 8
#define ABSENT 9
#define NONE 255

/* SlotIndex.setTag. */
inline setTag(epoch, number, key) {
#ifdef TAGS
#ifdef TAG_STORE
  if
  :: tagEpoch[(epoch) & 1] == epoch -> TAG(epoch, number) = key + 1
  :: else
  fi
#else
  d_step {
    if
    :: tagEpoch[(epoch) & 1] == epoch -> TAG(epoch, number) = key + 1
    :: else
    fi
  }
#endif
#else
  skip
#endif
}

/* BlockTable.ensureLive. */
inline ensureLive(entry) {
  if
  :: IS_STATE(entry, ALLOCATED) ->
    assert(current[keyOf[BLOCK(entry)]] == entry);
    header[BLOCK(entry)] = header[BLOCK(entry)] - ALLOCATED + IN_USE
  :: else
  fi
}

/* BlockTable.retire, and free: nobody pins. */
inline retire(entry) {
  if
  :: IS_STATE(entry, IN_USE) ->
    assert(current[keyOf[BLOCK(entry)]] != entry);
    header[BLOCK(entry)] = HEADER(FREE, 0, entry)
  :: else
  fi
}

inline clearIntent() {
  announced = false; intentOld = 0; intentNew = 0; intentEpoch = 0; intentSlot = 0
}

#define FROZEN_WORD(word, epoch) \
  (KIND(word) == LIVE || KIND(word) == FROZEN -> WORD(FROZEN, NUMBER(word), epoch) : \
  (KIND(word) == NEVER_USED -> WORD(EMPTY, 0, epoch) : WORD(DEAD, 0, epoch)))

/* What a frozen word is in the next table. */
#ifdef LIVE_INTO_NEXT
#define ARRIVED(word) WORD(LIVE, NUMBER(word), header[NUMBER(word)] >> 3)
#else
#define ARRIVED(word) (word)
#endif

/* Steps of the crowd. */

/* How many slots are frozen; all behind are not. */
inline findFront(e) {
  x = 0;
  do
  :: x < SLOTS && IS_FROZEN(SLOT(e, x), e) -> x++
  :: else -> break
  od
}

#ifdef MOVE_EARLY
#define IS_END_FROZEN(e) (x > 0)
#elif defined(FREEZE_ANYWHERE)
#define IS_END_FROZEN(e) (x == SLOTS || SLOT(e, SLOTS - 1) == WORD(EMPTY, 0, e))
#else
#define IS_END_FROZEN(e) (x == SLOTS || x > 0 && KIND(SLOT(e, x - 1)) == EMPTY)
#endif

inline freezeNext(e) {
  if
  :: KIND(SLOT(e, x)) == LIVE -> ensureLive(ENTRY_IN(SLOT(e, x)))
  :: else
  fi;
  SLOT(e, x) = FROZEN_WORD(SLOT(e, x), e);
  x = 0
}

inline putIntoNext(e, p) {
  y = 0;
  do
  :: y == SLOTS -> assert(false)
  :: y < SLOTS && SLOT(e + 1, y) == WORD(NEVER_USED, 0, e + 1) ->
    SLOT(e + 1, y) = ARRIVED(SLOT(e, p)); break
  :: y < SLOTS && SAME(SLOT(e + 1, y), ARRIVED(SLOT(e, p))) -> break
  :: else -> y++
  od;
  y = 0
}

inline mark(e, p) { SLOT(e, p) = WORD(MOVED, NUMBER(SLOT(e, p)), e) }

#define IS_HERE(e, p) (KIND(SLOT(e, p)) == FROZEN && STAMP(SLOT(e, p)) == (e))

/* Looks for the word of slot p in the next table. */
inline findInNext(e, p) {
  y = 0;
  do
  :: y < SLOTS && !SAME(SLOT(e + 1, y), ARRIVED(SLOT(e, p))) -> y++
  :: else -> break
  od
}

inline prepare(e) {
  x = 0;
  do
  :: x < SLOTS ->
    if
    :: SLOT(e + 1, x) != WORD(NEVER_USED, 0, e + 1) ->
      assert(KIND(SLOT(e + 1, x)) >= MOVED && STAMP(SLOT(e + 1, x)) == e - 1);
      SLOT(e + 1, x) = WORD(NEVER_USED, 0, e + 1)
    :: else
    fi;
#ifdef TAGS
    TAG(e + 1, x) = 0;
    tagEpoch[(e + 1) & 1] = e + 1;
#endif
    x++
  :: else -> break
  od;
  x = 0;
  index = INDEX(e, MOVING)
}

proctype crowd() {
  byte x, y, e;
end:
  do
#ifdef RUSH
  :: d_step {
      EPOCH(index) < LAST ->
      e = EPOCH(index);
      prepare(e);
      do
      :: findFront(e);
        if
        :: x < SLOTS -> freezeNext(e)
        :: else -> break
        fi
      od;
      x = 0;
      do
      :: x < SLOTS ->
        if
        :: IS_HERE(e, x) -> putIntoNext(e, x); mark(e, x)
        :: else
        fi;
        x++
      :: else -> break
      od;
      index = INDEX(e + 1, STABLE);
      x = 0; e = 0
    }
#else
#ifdef MOVERS
  :: d_step {
      PHASE(index) == STABLE && EPOCH(index) < LAST ->
      index = INDEX(EPOCH(index), PREPARING)
    }
  :: d_step { PHASE(index) == PREPARING -> e = EPOCH(index); prepare(e); e = 0 }
#else
  :: d_step { PHASE(index) == STABLE && EPOCH(index) < LAST -> e = EPOCH(index); prepare(e); e = 0 }
#endif
  :: d_step {
      PHASE(index) == MOVING ->
      e = EPOCH(index);
      findFront(e);
      if
      :: x < SLOTS -> freezeNext(e)
      :: else
      fi;
      x = 0; e = 0
    }
#ifdef FREEZE_ANYWHERE
  :: d_step {
      PHASE(index) == MOVING ->
      e = EPOCH(index);
      x = SLOTS;
      do
      :: x > 0 && IS_FROZEN(SLOT(e, x - 1), e) -> x--
      :: else -> break
      od;
      if
      :: x > 0 -> x--; freezeNext(e)
      :: else
      fi;
      x = 0; e = 0
    }
#endif
  :: atomic {
      PHASE(index) == MOVING ->
      e = EPOCH(index);
      d_step { findFront(e) };
      if
      :: IS_END_FROZEN(e) ->
        x = 0;
        do
        :: x < SLOTS - 1 -> x++
        :: break
        od;
        if
        :: IS_HERE(e, x) ->
          d_step {
            findInNext(e, x);
            if
            :: y < SLOTS -> mark(e, x)
            :: else -> putIntoNext(e, x)
            fi;
            y = 0
          }
        :: else
        fi
      :: else
      fi;
      x = 0; e = 0
    }
  :: d_step {
      PHASE(index) == MOVING ->
      e = EPOCH(index);
      findFront(e);
      if
      :: x == SLOTS ->
        x = 0;
        do
        :: x < SLOTS && !IS_HERE(e, x) -> x++
        :: else -> break
        od;
        if
        :: x == SLOTS -> index = INDEX(e + 1, STABLE)
        :: else
        fi
      :: else
      fi;
      x = 0; e = 0
    }
#endif
  od
}

/* EntryIndex.thaw, undisturbed: slot p of the table of epoch e. */
inline thaw(e, p) {
  d_step {
    if
    :: index == INDEX(e, MOVING) && IS_HERE(e, p) ->
      findFront(e);
      do
      :: IS_END_FROZEN(e) -> break
      :: else -> freezeNext(e); findFront(e)
      od;
      putIntoNext(e, p);
      mark(e, p);
      x = 0
    :: else
    fi
  }
}

#ifdef ABSENT_ANYWHERE
#define IS_OF_TABLE true
#else
#define IS_OF_TABLE (STAMP(w) == t)
#endif
#ifdef ANY_HASH
#define IS_REUSABLE (KIND(w) == TOMBSTONE && STAMP(w) == t && !(w & COLLIDED))
#else
#define IS_REUSABLE (w == WORD(TOMBSTONE, HASH(key), t))
#endif

#ifdef NO_COLLIDED
#define MARKS false
#else
#define MARKS (HASH(0) == HASH(1))
#endif

/* EntryIndex.search and, for a put, searchForWriting. */
inline search(isPut) {
  stage = BEGIN; again = 0;
  do
  :: stage == BEGIN ->
    atomic {
      state = index;
      t = EPOCH(state); i = 0; reusable = NONE; isOpen = false; stage = LOOK
    }
  :: stage == LOOK ->
    d_step {
      w = SLOT(t, i);
      if
      :: IS_OTHERS(t, i) -> i++
      :: !IS_OTHERS(t, i) ->
        if
        :: KIND(w) == LIVE || KIND(w) == FROZEN && STAMP(w) == t || HAS_ARRIVED(w, t) -> stage = READ
        :: KIND(w) == NEVER_USED && IS_OF_TABLE -> stage = ABSENT
        :: KIND(w) == EMPTY && STAMP(w) == t -> stage = LEAVE
        :: KIND(w) == TOMBSTONE ->
          isOpen = isOpen || t == EPOCH(state);
          if
          :: isPut && reusable == NONE && IS_REUSABLE -> reusable = i; found = w
          :: else
          fi;
          i++
        :: KIND(w) == DEAD || KIND(w) == MOVED && STAMP(w) == t -> i++
        :: else -> stage = FOREIGN
        fi
      fi;
      endOfPath(isPut)
    }
  :: stage == READ ->
    d_step {
      entry = (KIND(w) == LIVE -> ENTRY_IN(w) : ENTRY_OF(NUMBER(w)));
      stage = (keyOf[NUMBER(w)] == key -> FOUND : COMPARE);
#ifdef ACT_UNMOVED
      if
      :: isPut && stage == FOUND && IS_FROZEN(w, t) ->
        stage = LOOK; i++; entry = 0;
        endOfPath(isPut)
      :: else
      fi
#endif
    }
  :: stage == COMPARE ->
    d_step {
      stage = LOOK;
      if
      :: SAME(SLOT(t, i), w) ->
        if
        :: isPut && MARKS && !IS_FROZEN(w, t) -> SLOT(t, i) = SLOT(t, i) | COLLIDED
        :: else
        fi;
        isOpen = isOpen || t == EPOCH(state) && !IS_FROZEN(w, t);
        i++
      :: else
      fi;
      entry = 0;
      endOfPath(isPut)
    }
  :: stage == FOREIGN -> d_step { assert(index != state); stage = BEGIN }
  :: stage == STUCK -> d_step { index != state; stage = BEGIN }
  :: stage == END -> stage = (index == state -> ABSENT : BEGIN)
  :: stage == ABSENT -> break
  :: stage == FOUND ->
#ifdef DELETE_LOOKS_ONCE
    break
#else
    if
    :: isOpen && t > EPOCH(state) -> assert(again != state); again = state; stage = BEGIN
    :: else -> break
    fi
#endif
  od
}

#ifdef NO_RELOOK
#define MUST_LOOK_AGAIN false
#else
#define MUST_LOOK_AGAIN (reusable != NONE)
#endif
#ifdef FULL_IS_ABSENT
#define IS_FULL_LEFT false
#else
#define IS_FULL_LEFT IS_LEFT_BEHIND
#endif
#define IS_LEFT_BEHIND (PHASE(state) == MOVING && t == EPOCH(state))

/* Decides where a search goes on behind what it has looked at. */
inline endOfPath(isPut) {
  if
  :: stage == LEAVE && IS_LEFT_BEHIND && MUST_LOOK_AGAIN ->
    assert(again != state);
    again = state;
    stage = BEGIN
  :: stage == LEAVE && IS_LEFT_BEHIND && !MUST_LOOK_AGAIN ->
    t++; i = 0; reusable = NONE; stage = LOOK
  :: stage == LEAVE && !IS_LEFT_BEHIND -> stage = FOREIGN
  :: stage == LOOK && i == SLOTS ->
    if
    :: isPut -> stage = (reusable == NONE -> STUCK : ABSENT)
    :: !isPut && IS_FULL_LEFT -> t++; i = 0
    :: !isPut && !IS_FULL_LEFT -> stage = END
    fi
  :: else
  fi;
  if
  :: stage != READ -> w = 0
  :: else
  fi
}

/* Makes states one that differ in what is not needed any more. */
inline forget() {
  state = 0; t = 0; i = 0; reusable = 0; again = 0; entry = 0; stage = 0; w = 0; found = 0;
  isOpen = false
}

#define IS_FREE(block) (STATE(header[block]) == FREE)

/* Takes a block, if ever there is one, and builds a record in it. */
inline allocate(mortal) {
  d_step {
    IS_FREE(0) || IS_FREE(1) || IS_FREE(2) || IS_FREE(BLOCKS - 1);
    i = 0;
    do
    :: !IS_FREE(i) -> i++
    :: else -> break
    od;
    new = ENTRY(i, (header[i] >> 3) + 1);
    header[i] = HEADER(ALLOCATED, mortal, new);
    keyOf[i] = key;
    i = 0
  }
}

proctype writer(byte key; byte times; bool deletes, mortal) {
  byte state, t, i, reusable, again, entry, stage, new, x, y;
  short w, found;
  bool isOpen, won;
  {
    do
    :: times == 0 -> break
    :: times > 0 ->
      if
      :: !deletes ->
endFull:
        allocate(mortal)
      :: else
      fi;
      do
      :: search(!deletes);
        if
        :: stage == FOUND && IS_FROZEN(w, t) -> thaw(t, i)
        :: deletes && stage == ABSENT -> break
        :: else ->
          d_step {
            if
            :: stage == ABSENT -> entry = 0
            :: else
            fi;
            if
            :: stage == ABSENT && reusable != NONE -> i = reusable; w = found
            :: stage == ABSENT && reusable == NONE -> w = WORD(NEVER_USED, 0, t)
            :: else
            fi
          };
          if
#ifdef ENSURE_ARRIVED
          :: entry != 0 -> d_step { ensureLive(entry) }
#else
          :: KIND(w) == LIVE -> d_step { ensureLive(entry) }
#endif
          :: else
          fi;
          if
          :: mortal ->
            d_step {
              intentOld = entry; intentNew = new; intentEpoch = t; intentSlot = i; announced = true
            }
          :: else
          fi;
          if
#ifndef BLIND_TOMBSTONE
          :: deletes && EPOCH(index) != t && EPOCH(index) + 1 != t -> won = false
#endif
          :: else ->
            d_step {
              won = (SLOT(t, i) == w);
              if
              :: won ->
                assert(current[key] == entry);
                assert(deletes || IS_STATE(new, ALLOCATED));
                if
                :: deletes -> SLOT(t, i) = WORD(TOMBSTONE, HASH(key), t) + (w & COLLIDED)
                :: else -> SLOT(t, i) = WORD(LIVE, BLOCK(new), GENERATION(new)) + (w & COLLIDED)
                fi;
                current[key] = new;
                if
                :: key == 0 -> seen = seen | 1 << new
                :: else
                fi
              :: else
              fi
            }
          fi;
          if
          :: won -> break
          :: !won && mortal -> d_step { clearIntent() }
          :: else
          fi
        fi
      od;
      if
      :: won && !deletes -> d_step { ensureLive(new) }
      :: else
      fi;
      if
      :: won && entry != 0 -> d_step { retire(entry) }
      :: won && entry == 0 && KIND(w) == NEVER_USED -> setTag(t, i, key)
      :: else
      fi;
      atomic {
        if
        :: mortal -> clearIntent(); over[0] = true
        :: else
        fi;
        forget();
        new = 0; won = false; times--
      }
    od
  } unless {
    d_step {
      mortal && dead[0];
      forget();
      new = 0; won = false; times = 0; x = 0; y = 0
    }
  }
}

proctype reader(byte key) {
  byte state, t, i, reusable, again, entry, stage;
  short w, found;
  bool isOpen, done;
  seen = 1 << current[key];
  do
  :: search(false);
    if
    :: stage == ABSENT -> assert(seen & 1); break
    :: stage == FOUND ->
      d_step {
        if
        :: SAME(SLOT(t, i), w) ->
          assert(seen & 1 << entry);
          assert(ENTRY_OF(BLOCK(entry)) == entry);
          done = true
        :: else
        fi
      };
      if
      :: done -> break
      :: else
      fi
    fi
  od;
  atomic {
    forget();
    done = false; seen = 0
  }
}

#ifdef MORTAL
/* Sweeper.settle: what the mortal writer had announced, then what it had allocated. */
proctype sweeper() {
  byte state, t, i, reusable, again, entry, stage, key, word;
  short w, found;
  bool isOpen, isOld, isEntry;
end:
  dead[0];
  if
  :: announced ->
    do
    :: word = (isOld -> intentOld : intentNew);
      if
      :: word == 0
      :: word != 0 && !isOld && !IS_STATE(word, ALLOCATED)
      :: else ->
        key = keyOf[BLOCK(word)];
#ifdef SWEEP_BY_SLOT
        d_step {
          w = SLOT(intentEpoch, intentSlot);
          isEntry = (KIND(w) == LIVE && ENTRY_IN(w) == word
            || KIND(w) == FROZEN && NUMBER(w) == BLOCK(word))
        }
#else
        do
        :: search(false);
          if
          :: stage == ABSENT -> break
          :: stage == FOUND && entry == word -> isEntry = true; break
          :: stage == FOUND && entry != word ->
#ifndef SWEEP_LOOKS_ONCE
            if
            :: SAME(SLOT(t, i), w) -> break
            :: else
            fi
#else
            break
#endif
          fi
        od;
#endif
        if
        :: isEntry && !isOld -> d_step { ensureLive(word) }
        :: !isEntry && isOld -> d_step { retire(word) }
        :: else
        fi;
        isEntry = false
      fi;
      if
      :: isOld -> break
      :: else -> isOld = true
      fi
    od;
    atomic { clearIntent() }
  :: else
  fi;
  d_step {
    i = 0;
    do
    :: i < BLOCKS ->
      if
      :: STATE(header[i]) == ALLOCATED && OWNER(header[i]) ->
        assert(current[keyOf[i]] != ENTRY_OF(i));
        header[i] = HEADER(FREE, 0, ENTRY_OF(i))
      :: else
      fi;
      i++
    :: else -> break
    od;
    forget();
    key = 0; word = 0; isOld = false
  }
}

proctype death() {
end:
  do
  :: d_step { !dead[0] && !over[0]; dead[0] = true }
  od
}
#endif

/* Does parts of a move, one after the other. */
proctype mover() {
  byte e, p, i, x, key;
  short w, v;
  bool ok;
end:
  do
  /* EntryIndex.prepare. */
  :: atomic {
      PHASE(index) == PREPARING ->
      e = EPOCH(index);
      do
      :: i < SLOTS - 1 -> i++
      :: break
      od
    };
    w = SLOT(e + 1, i);
    if
    :: w != WORD(NEVER_USED, 0, e + 1) ->
      if
#ifndef NO_LOOK_BEFORE_PREPARING
      :: index != INDEX(e, PREPARING)
#endif
      :: else ->
        d_step {
          if
          :: SLOT(e + 1, i) == w -> SLOT(e + 1, i) = WORD(NEVER_USED, 0, e + 1)
          :: else
          fi
        }
      fi
    :: else
    fi;
    d_step { e = 0; i = 0; w = 0 }
  /* EntryIndex.freeze. */
  :: d_step {
      PHASE(index) == MOVING ->
      e = EPOCH(index);
      findFront(e);
      i = (x < SLOTS -> x : 0);
      x = 0
    };
    w = SLOT(e, i);
    if
#ifndef NO_LOOK_BEFORE_FREEZING
    :: index != INDEX(e, MOVING)
#endif
    :: else ->
      if
      :: !IS_FROZEN(w, e) ->
        if
        :: KIND(w) == LIVE -> d_step { ensureLive(ENTRY_IN(w)) }
        :: else
        fi;
        d_step {
          if
          :: SLOT(e, i) == w -> SLOT(e, i) = FROZEN_WORD(w, e)
          :: else
          fi
        }
      :: else
      fi
    fi;
    d_step { e = 0; i = 0; w = 0 }
  /* EntryIndex.move and insert. */
  :: atomic {
      PHASE(index) == MOVING ->
      e = EPOCH(index);
      d_step { findFront(e) };
      if
      :: IS_END_FROZEN(e) ->
        do
        :: p < SLOTS - 1 -> p++
        :: break
        od;
        w = SLOT(e, p)
      :: else
      fi;
      x = 0
    };
    if
    :: KIND(w) == FROZEN && STAMP(w) == e ->
#ifdef TAGS
      key = keyOf[NUMBER(w)];
#endif
      do
      :: i < SLOTS ->
        v = SLOT(e + 1, i);
        if
        :: SAME(v, ARRIVED(w)) -> ok = true; break
        :: v == WORD(NEVER_USED, 0, e + 1) ->
#ifndef NO_SECOND_LOOK
          if
          :: SLOT(e, p) != w -> break
          :: else
          fi;
#endif
          d_step {
            ok = (SLOT(e + 1, i) == v);
            if
            :: ok -> SLOT(e + 1, i) = ARRIVED(w)
            :: else
            fi
          };
          if
          :: ok -> setTag(e + 1, i, key); break
          :: else
          fi
        :: else -> i++
        fi
      :: i == SLOTS -> break
      od;
      if
      :: ok ->
        d_step {
          if
          :: SLOT(e, p) == w -> SLOT(e, p) = WORD(MOVED, NUMBER(w), e)
          :: else
          fi
        }
      :: else
      fi
    :: else
    fi;
    d_step { e = 0; i = 0; p = 0; key = 0; w = 0; v = 0; ok = false }
  od
}

init {
  byte i, key, count;
  atomic {
    do
    :: i < SLOTS -> SLOT(0, i) = WORD(EMPTY, 0, 0); SLOT(1, i) = WORD(NEVER_USED, 0, 1); i++
    :: else -> break
    od;
    i = 0;
    /* The second key stands; the first one too, or its tombstone, or nothing. */
    header[1] = HEADER(IN_USE, 0, ENTRY(1, 1)); keyOf[1] = 1;
    current[1] = ENTRY(1, 1);
#ifdef TAGS
    tagEpoch[1] = 1;
#endif
    SLOT(1, 1 - PLACE) = WORD(LIVE, 1, 1);
#ifdef DELETED
    SLOT(1, PLACE) = WORD(TOMBSTONE, HASH(0), 1);
#else
#ifndef ALONE
    header[0] = HEADER(IN_USE, 0, ENTRY(0, 1));
    current[0] = ENTRY(0, 1);
    SLOT(1, PLACE) = WORD(LIVE, 0, 1);
#endif
#endif
    run crowd();
#ifdef MOVERS
    run mover();
#endif
#ifdef PUTS
    run writer(0, 1, false, false);
#endif
#ifdef MORE_PUTS
    run writer(0, 1, false, false);
#endif
#ifdef PUTS_TWICE
    run writer(0, 2, false, false);
#endif
#ifdef DELETES
    run writer(0, 1, true, false);
#endif
#ifdef MORE_DELETES
    run writer(0, 1, true, false);
#endif
#ifdef OTHER_DELETES
    run writer(1, 1, true, false);
#endif
#ifdef OTHER_PUTS
    run writer(1, 1, false, false);
#endif
#ifdef MORTAL
    run writer(0, 1, false, true);
    run sweeper();
    run death();
#endif
#ifdef READERS
    run reader(0);
#endif
  };
  timeout;
  d_step {
    assert(index == INDEX(LAST, STABLE));
    key = 0;
    do
    :: key < KEYS ->
      i = 0; count = 0;
      do
      :: i < SLOTS ->
        if
        :: KIND(SLOT(LAST, i)) == LIVE && keyOf[NUMBER(SLOT(LAST, i))] == key ->
          assert(current[key] == ENTRY_IN(SLOT(LAST, i))); count++
        :: HAS_ARRIVED(SLOT(LAST, i), LAST) && keyOf[NUMBER(SLOT(LAST, i))] == key ->
          assert(current[key] == ENTRY_OF(NUMBER(SLOT(LAST, i)))); count++
        :: else
        fi;
        assert(!IS_OTHERS(LAST, i) || KIND(SLOT(LAST, i)) != LIVE && KIND(SLOT(LAST, i)) != FROZEN
          || keyOf[NUMBER(SLOT(LAST, i))] != key);
        i++
      :: else -> break
      od;
      assert(count == (current[key] != 0));
      assert(current[key] == 0 || IS_STATE(current[key], IN_USE));
      key++
    :: else -> break
    od;
    i = 0;
    do
    :: i < BLOCKS -> assert(STATE(header[i]) == FREE || current[keyOf[i]] == ENTRY_OF(i)); i++
    :: else -> break
    od
  }
}
