/* One level of a priority queue in four units: producers push, consumers pop, and the state says
 * whether it is worth looking. One of them may die at any step; then somebody finds all that is free.
 *
 * Every step below is one access to shared memory; a compare-and-swap is one step. README.md says
 * what is left out.
 *
 * check: levels, a producer and two consumers | -DPUSHERS=1 -DPUSHES=2 -DPOPPERS=2 -DPOPS=1 | ok
 * check: levels, two producers and a consumer | -DPUSHERS=2 -DPUSHES=1 -DPOPPERS=1 -DPOPS=2 | ok
 * check: levels, a producer dies | -DPUSHERS=2 -DPUSHES=1 -DPOPPERS=1 -DPOPS=1 -DDIES=1 | ok
 * check: levels, a consumer dies | -DPUSHERS=1 -DPUSHES=1 -DPOPPERS=2 -DPOPS=1 -DDIES=3 | ok
 * check: levels without a look back at the tail | -DPUSHERS=2 -DPUSHES=2 -DPOPPERS=1 -DPOPS=2 -DNO_TAIL_BACK | caught
 * check: levels whose head passes the tail | -DPUSHERS=2 -DPUSHES=1 -DPOPPERS=1 -DPOPS=2 -DNO_TAIL_FIRST | caught
 * check: levels without versions of links | -DPUSHERS=2 -DPUSHES=2 -DPOPPERS=1 -DPOPS=2 -DPLAIN_LINK | caught
 * check: levels called empty at the first look | -DPUSHERS=1 -DPUSHES=1 -DPOPPERS=2 -DPOPS=1 -DONE_LOOK | caught
 * check: levels without versions of states | -DPUSHERS=2 -DPUSHES=1 -DPOPPERS=2 -DPOPS=1 -DSTOPS=4 -DPLAIN_STATE | caught -Og
 * check: levels without a second word of a producer | -DPUSHERS=1 -DPUSHES=1 -DPOPPERS=1 -DPOPS=1 -DSAID_ONCE | caught
 * check: levels, the dead's units freed without a walk | -DPUSHERS=2 -DPUSHES=1 -DPOPPERS=1 -DPOPS=1 -DDIES=1 -DNO_WALK | caught
 * check: levels, what was in front left to its producer | -DPUSHERS=1 -DPUSHES=1 -DPOPPERS=2 -DPOPS=1 -DDIES=3 -DOWNER_ONLY | caught
 */

#define UNITS 4
#define FREE 0
#define ALLOCATED 1

#ifndef DIES
#define DIES 0
#endif

#ifndef STOPS
#define STOPS 0
#endif

#define EMPTY 0
#define DOUBTED 1
#define FILLED 2

/* Of a unit: versions are odd while it is allocated. */
bool allocated[UNITS + 1];
byte version[UNITS + 1];
byte owner[UNITS + 1];
byte nextIndex[UNITS + 1];
byte nextVersion[UNITS + 1];
byte element[UNITS + 1];

byte headIndex, headPosition, tailIndex, tailPosition;
byte state, stateVersion;
bool dead;

/* Seen by assertions only: the elements that stand, in their order. */
byte first = 1, behind = 1;
byte order[6];
byte returned;

#ifdef PLAIN_LINK
#define LINK_IS(unit, index, ver) (nextIndex[unit] == index)
#else
#define LINK_IS(unit, index, ver) (nextIndex[unit] == index && nextVersion[unit] == ver)
#endif
#ifdef PLAIN_STATE
#define STATE_IS(s, ver) (state == s)
#else
#define STATE_IS(s, ver) (state == s && stateVersion == ver)
#endif

/* No unit is given back while it is linked, or the tail names it. */
inline checkUnlinked(unit) {
  at = headIndex;
  do
  :: at == 0 -> break
  :: at != 0 -> assert(at != unit); at = nextIndex[at]
  od;
  assert(tailIndex != unit)
}

/* From exactly what was seen: the version. */
inline release(unit, ver) {
  d_step {
    if
    :: allocated[unit] && version[unit] == ver ->
      allocated[unit] = false;
      version[unit]++;
      checkUnlinked(unit)
    :: else
    fi;
    at = 0
  }
}

inline moveTail(position, index) {
  d_step {
    if
    :: tailPosition == position -> tailPosition++; tailIndex = index; done = true
    :: else -> done = false
    fi
  }
}

inline sayFilled() {
  if
  :: state == FILLED
  :: state != FILLED ->
    d_step {
      if
      :: state != FILLED -> state = FILLED; stateVersion++
      :: else
      fi
    }
  fi
}

proctype pusher(byte me; byte rounds) {
  byte u, t, p, n, v, at;
  bool done;
  {
    do
    :: rounds == 0 -> break
    :: rounds > 0 ->
      rounds--;
      /* NodePool.take: any free unit; the compare-and-swap is all that matters. */
      d_step {
        u = 1;
        do
        :: u <= UNITS && allocated[u] -> u++
        :: else -> break
        od;
        assert(u <= UNITS);
        allocated[u] = true;
        version[u]++;
        owner[u] = me
      };
      element[u] = me;
      d_step { nextIndex[u] = 0; nextVersion[u] = version[u] - 1 };
      sayFilled();
      do
      :: d_step { t = tailIndex; p = tailPosition };
        d_step { n = nextIndex[t]; v = nextVersion[t] };
        if
#ifndef NO_TAIL_BACK
        :: tailPosition != p
        :: tailPosition == p ->
#else
        :: true ->
#endif
          if
          :: n == 0 ->
            d_step {
              if
              :: LINK_IS(t, 0, v) ->
                nextIndex[t] = u;
                nextVersion[t]++;
                order[behind] = me;
                behind++;
                done = true
              :: else -> done = false
              fi
            };
            if
            :: done -> moveTail(p, u); break
            :: !done
            fi
          :: n != 0 -> moveTail(p, n)
          fi
        fi
      od;
      skip;
#ifndef SAID_ONCE
      sayFilled();
#endif
      d_step { returned++; u = 0; t = 0; p = 0; n = 0; v = 0; done = false }
    od
  } unless {
    me == DIES && dead -> d_step { u = 0; t = 0; p = 0; n = 0; v = 0; done = false; rounds = 0 }
  }
}

proctype popper(byte me; byte rounds) {
  byte h, p, b, u, e, v, t, s, sv, at;
  bool done;
  {
    do
    :: rounds == 0 -> break
    :: rounds > 0 && state == EMPTY -> rounds--
    :: rounds > 0 && state != EMPTY ->
      d_step { h = headIndex; p = headPosition };
      b = nextIndex[h];
      if
      :: b == 0 ->
        if
        :: headPosition != p
        :: headPosition == p ->
          /* doubt */
          d_step { s = state; sv = stateVersion };
#ifdef ONE_LOOK
          d_step {
            if
            :: s != EMPTY && STATE_IS(s, sv) -> state = EMPTY; stateVersion++; done = true
            :: else -> done = false
            fi
          }
#else
          if
          :: s == EMPTY -> done = false
          /* Somebody else's doubt is as good. */
          :: s == DOUBTED -> done = true
          :: s == FILLED ->
            d_step {
              if
              :: STATE_IS(s, sv) -> state = DOUBTED; stateVersion++; sv++; done = true
              :: else -> done = false
              fi
            }
          fi;
          if
          :: !done
          /* Dies here. */
          :: done && me == STOPS -> rounds = 0
          :: done && me != STOPS ->
            do
            :: d_step { h = headIndex; p = headPosition };
              b = nextIndex[h];
              if
              :: headPosition == p -> break
              :: headPosition != p
              fi
            od;
            if
            :: b != 0
            :: b == 0 ->
              d_step {
                if
                :: STATE_IS(DOUBTED, sv) -> state = EMPTY; stateVersion++
                :: else
                fi
              }
            fi
          fi
#endif
        fi
      :: b != 0 ->
        e = element[b];
        v = version[h];
        d_step { t = tailPosition; at = tailIndex };
        if
        :: headPosition != p -> done = false
        :: headPosition == p ->
          done = true;
#ifndef NO_TAIL_FIRST
          if
          :: t <= p -> moveTail(t, b)
          :: t > p
          fi;
#endif
          if
          :: !done
          :: done ->
            d_step {
              if
              :: headPosition == p ->
                headPosition++;
                headIndex = b;
                /* Taken whole, once, and in its order. */
                assert(first < behind && order[first] == e);
                first++;
                done = true
              :: else -> done = false
              fi;
              at = 0
            };
            if
            :: done -> release(h, v)
            :: !done
            fi
          fi
        fi;
        if
        :: done -> rounds--
        :: !done
        fi
      fi;
      d_step { h = 0; p = 0; b = 0; u = 0; e = 0; v = 0; t = 0; s = 0; sv = 0; at = 0; done = false }
    od
  } unless {
    me == DIES && dead ->
    d_step { h = 0; p = 0; b = 0; u = 0; e = 0; v = 0; t = 0; s = 0; sv = 0; at = 0; done = false }
  }
}

proctype death() { dead = true }

byte index, standing, linked;

init {
  byte at, u;
  bool done;
  atomic {
    allocated[1] = true;
    version[1] = 1;
    headIndex = 1;
    tailIndex = 1;
    run pusher(1, PUSHES);
#if PUSHERS > 1
    run pusher(2, PUSHES);
#endif
    run popper(3, POPS);
#if POPPERS > 1
    run popper(4, POPS);
#endif
#if DIES
    run death()
#endif
  };
  timeout;
  atomic {
    /* What was pushed to its end is found. */
    assert(state != EMPTY || first == behind || (DIES == 1 || DIES == 2) && dead
      && behind - first == 1 && order[first] == DIES);
    /* Somebody needs all that is free: LinkedUnits.takeAtLast. */
    index = 1;
    do
    :: index > UNITS -> break
    :: index <= UNITS ->
      if
      :: allocated[index] ->
        done = DIES != 0 && owner[index] == DIES;
#ifndef OWNER_ONLY
        done = done || nextVersion[index] == version[index];
#endif
#ifndef NO_WALK
        at = headIndex;
        do
        :: at == 0 -> break
        :: at != 0 ->
          if
          :: at == index -> done = false
          :: else
          fi;
          at = nextIndex[at]
        od;
#endif
        if
        :: done -> u = version[index]; release(index, u)
        :: else
        fi
      :: else
      fi;
      index++
    od;
    index = 1;
    do
    :: index > UNITS -> break
    :: index <= UNITS -> standing = standing + allocated[index]; index++
    od;
    at = headIndex;
    do
    :: at == 0 -> break
    :: at != 0 -> linked++; at = nextIndex[at]
    od;
    assert(standing == linked && linked == behind - first + 1)
  }
}
