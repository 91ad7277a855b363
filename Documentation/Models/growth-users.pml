/* A part of growth.pml: searches, and who makes them. */

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
