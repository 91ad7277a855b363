/* A part of growth.pml: the crowd that moves the index, and one who may be stopped. */

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
