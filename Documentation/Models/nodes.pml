/* A list of nodes in three units: workers insert and remove keys, a reader looks for one, and a
 * settler frees what is nobody's. The first worker may die at any step.
 *
 * Every step below is one access to shared memory; a compare-and-swap is one step. README.md says
 * what is left out.
 *
 * check: nodes | -DREADER -DROUNDS=3 | ok
 * check: nodes, two that change them | -DOTHER -DONE_KEY -DROUNDS=2 | ok
 * check: nodes, a death and a settler | -DMORTAL -DONE_KEY -DROUNDS=1 | ok
 * check: nodes without versions of links | -DREADER -DROUNDS=3 -DPLAIN_LINK | caught
 * check: nodes without a look back at the link before | -DREADER -DROUNDS=3 -DNO_LOOK_BACK | caught
 * check: nodes, going on from one that was removed | -DREADER -DROUNDS=3 -DBLIND_RENEW | caught -DREVERSE -DT_REVERSE
 * check: nodes without the header after the value | -DREADER -DROUNDS=3 -DVALUE_UNCHECKED | caught
 * check: nodes without marks | -DOTHER -DROUNDS=2 -DNO_MARK | caught
 * check: nodes given back before they are unlinked | -DOTHER -DONE_KEY -DROUNDS=2 -DFREE_FIRST | caught
 * check: nodes of the dead given back without a search | -DMORTAL -DONE_KEY -DROUNDS=1 -DNO_SEARCH | caught
 * check: nodes of the living settled | -DMORTAL -DONE_KEY -DROUNDS=1 -DHASTY | caught
 * check: nodes settled without a compare-and-swap | -DMORTAL -DONE_KEY -DROUNDS=1 -DBLIND_SETTLE | caught -DREVERSE -DT_REVERSE
 * check: nodes that nobody settles | -DMORTAL -DONE_KEY -DROUNDS=1 -DNO_SETTLER | caught
 */

#define UNITS 3
#define FREE 0
#define ALLOCATED 1
#define LIVE 2
#define GONE 3
#define HEADER(state, owner, version) ((state) + 4 * (owner) + 16 * (version))
#define STATE(word) ((word) % 4)
#define OWNER(word) (((word) / 4) % 4)
#define NEXT_HEADER(word, state, owner) HEADER(state, owner, (word) / 16 + 1)

#ifdef PLAIN_LINK
#define VERSION(word) 0
#else
#define VERSION(word) ((word) / 8 + 1)
#endif
#define INDEX(word) (((word) / 2) % 4)
#define IS_MARKED(word) ((word) % 2)
#define LINK_TO(word, index) (2 * (index) + 8 * VERSION(word))
#define MARKED(word) (LINK_TO(word, INDEX(word)) + 1)

#ifdef ONE_KEY
#define KEYS 1
#else
#define KEYS 2
#endif
#ifndef ROUNDS
#define ROUNDS 2
#endif

/* Unit 0 is the head. */
short header[UNITS + 1];
short next[UNITS + 1];
byte key[UNITS + 1];
byte value[UNITS + 1];
bool dead;
bool over;

/* Seen by assertions only. */
bool present[4];
bool sawPresent[4], sawAbsent[4];

#define IS_DEAD(owner) ((owner) == 1 && dead)

/* No unit is given back while it is linked. */
inline checkUnlinked(unit) {
  at = INDEX(next[0]);
  do
  :: at == 0 -> break
  :: at != 0 -> assert(at != unit); at = INDEX(next[at])
  od;
  at = 0
}

inline changeHeader(unit, old, new, done) {
  d_step {
    if
    :: header[unit] == old ->
      header[unit] = new;
      if
      :: STATE(new) == FREE -> checkUnlinked(unit)
      :: else
      fi;
      done = true
    :: else -> done = false
    fi
  }
}

inline changeLink(unit, old, new, done) {
  d_step {
    if
    :: next[unit] == old -> next[unit] = new; done = true
    :: else -> done = false
    fi
  }
}

/* Reads the link of the spot again, or begins at the head. */
inline renew() {
  w = next[a];
#ifdef BLIND_RENEW
  if
  :: !IS_MARKED(w)
  :: IS_MARKED(w) -> a = 0; w = next[0]
  fi
#else
  if
  :: a == 0
  :: a != 0 ->
    if
    :: header[a] == ha && !IS_MARKED(w)
    :: !(header[a] == ha && !IS_MARKED(w)) -> a = 0; w = next[0]
    fi
  fi
#endif
}

/* NodeList.prepare: finds the place of `target`: a and w before, b, n, k and h behind. */
inline prepare(target) {
  a = 0;
  w = next[0];
  do
  :: INDEX(w) == 0 ->
    b = 0;
    if
    :: next[a] == w -> break
    :: next[a] != w -> renew()
    fi
  :: INDEX(w) != 0 ->
    b = INDEX(w);
    n = next[b];
    k = key[b];
    h = header[b];
    if
#ifndef NO_LOOK_BACK
    :: next[a] != w -> renew()
    :: next[a] == w ->
#else
    :: true ->
#endif
      if
      :: IS_MARKED(n) ->
        changeLink(a, w, LINK_TO(w, INDEX(n)), done);
        if
        :: done ->
          w = LINK_TO(w, INDEX(n));
          changeHeader(b, h, NEXT_HEADER(h, FREE, 0), done)
        :: !done -> renew()
        fi
#ifdef NO_MARK
      :: !IS_MARKED(n) && STATE(h) == GONE ->
        changeLink(a, w, LINK_TO(w, INDEX(n)), done);
        if
        :: done ->
          w = LINK_TO(w, INDEX(n));
          changeHeader(b, h, NEXT_HEADER(h, FREE, 0), done)
        :: !done -> renew()
        fi
#else
      :: !IS_MARKED(n) && STATE(h) == GONE -> changeLink(b, n, MARKED(n), done)
#endif
      :: !IS_MARKED(n) && STATE(h) != GONE && k >= target -> break
      :: !IS_MARKED(n) && STATE(h) != GONE && k < target -> a = b; w = n; ha = h
      fi
    fi
  od;
  skip
}

/* Says of the node that it is live; done if it is. */
inline seeLinked() {
  if
  :: STATE(h) == ALLOCATED ->
    changeHeader(b, h, NEXT_HEADER(h, LIVE, 0), done);
    h = NEXT_HEADER(h, LIVE, 0)
  :: STATE(h) != ALLOCATED -> done = STATE(h) == LIVE
  fi
}

inline insert(target) {
  /* The compare-and-swap of NodePool.claim. */
  atomic {
    if
    :: STATE(header[1]) == FREE -> u = 1
    :: STATE(header[2]) == FREE -> u = 2
    :: STATE(header[3]) == FREE -> u = 3
    fi;
    hu = NEXT_HEADER(header[u], ALLOCATED, me);
    header[u] = hu
  };
  key[u] = target;
  value[u] = target;
  do
  :: prepare(target);
    if
    :: b != 0 && k == target ->
      changeHeader(u, hu, NEXT_HEADER(hu, FREE, 0), done);
      break
    :: !(b != 0 && k == target) ->
      next[u] = LINK_TO(next[u], b);
      d_step {
        if
        :: next[a] == w ->
          next[a] = LINK_TO(w, u);
          assert(!present[target]);
          present[target] = true;
          sawPresent[target] = true;
          done = true
        :: else -> done = false
        fi
      };
      if
      :: done -> changeHeader(u, hu, NEXT_HEADER(hu, LIVE, 0), done); break
      :: !done
      fi
    fi
  od;
  skip;
  d_step { u = 0; hu = 0 }
}

inline remove(target) {
  do
  :: prepare(target);
    if
    :: b == 0 || k != target -> break
    :: b != 0 && k == target ->
      seeLinked();
      if
      :: !done
      :: done ->
        d_step {
          if
          :: header[b] == h ->
            header[b] = NEXT_HEADER(h, GONE, 0);
            h = header[b];
            assert(present[target]);
            present[target] = false;
            sawAbsent[target] = true;
            done = true
          :: else -> done = false
          fi
        };
        if
        :: !done
        :: done ->
#ifdef FREE_FIRST
          changeLink(b, n, MARKED(n), done);
          changeHeader(b, h, NEXT_HEADER(h, FREE, 0), done);
#else
#ifndef NO_MARK
          changeLink(b, n, MARKED(n), done);
#endif
          if
          :: done -> changeLink(a, w, LINK_TO(w, INDEX(n)), done)
          :: !done
          fi;
          if
          :: done -> changeHeader(b, h, NEXT_HEADER(h, FREE, 0), done)
          :: !done -> prepare(target)
          fi;
#endif
          break
        fi
      fi
    fi
  od;
  skip
}

#define FORGET d_step { a = 0; b = 0; k = 0; u = 0; w = 0; n = 0; h = 0; ha = 0; hu = 0; done = 0 }

proctype worker(byte me; byte rounds) {
  byte a, b, k, u, at;
  short w, n, h, ha, hu;
  bool done;
  {
    do
    :: rounds > 0 ->
      rounds--;
      if
      :: insert(1)
      :: remove(1)
#ifndef ONE_KEY
      :: insert(2)
      :: remove(2)
#endif
#ifdef READER
      /* Behind all that the reader looks for. */
      :: insert(3)
#endif
      fi;
      FORGET
    :: rounds == 0 -> break
    od
  } unless {
    me == 1 && dead -> FORGET
  }
}

/* NodeList.seek and read: looks for the key KEYS. */
proctype reader() {
  byte a, b, k, at, v;
  short w, n, h, ha;
  d_step {
    sawPresent[KEYS] = present[KEYS];
    sawAbsent[KEYS] = !present[KEYS]
  };
again:
  a = 0;
  w = next[0];
  b = INDEX(w);
  do
  :: b == 0 ->
    if
    :: next[a] == w -> assert(sawAbsent[KEYS]); break
    :: next[a] != w -> renew(); b = INDEX(w)
    fi
  :: b != 0 ->
    n = next[b];
    k = key[b];
    h = header[b];
    if
#ifndef NO_LOOK_BACK
    :: next[a] != w -> renew(); b = INDEX(w)
    :: next[a] == w ->
#else
    :: true ->
#endif
      assert(STATE(h) != FREE);
      if
      :: k > KEYS && STATE(h) != GONE -> assert(sawAbsent[KEYS]); break
      :: k == KEYS && STATE(h) != GONE ->
        v = value[b];
        if
#ifndef VALUE_UNCHECKED
        :: header[b] != h -> goto again
        :: header[b] == h ->
#else
        :: true ->
#endif
          assert(v == k && v == KEYS);
          assert(sawPresent[KEYS]);
          break
        fi
      :: !(k >= KEYS && STATE(h) != GONE) ->
        if
        :: IS_MARKED(n)
        :: !IS_MARKED(n) -> a = b; w = n; ha = h
        fi;
        b = INDEX(n)
      fi
    fi
  od
}

/* NodeList.settle, of one unit. */
inline settle(unit) {
  hu = header[unit];
  if
  :: STATE(hu) == FREE || STATE(hu) == LIVE
  :: STATE(hu) == GONE -> u = key[unit]; prepare(u); giveBack(unit)
#ifdef HASTY
  :: STATE(hu) == ALLOCATED ->
#else
  :: STATE(hu) == ALLOCATED && !IS_DEAD(OWNER(hu))
  :: STATE(hu) == ALLOCATED && IS_DEAD(OWNER(hu)) ->
#endif
#ifdef NO_SEARCH
    giveBack(unit)
#else
    u = key[unit];
    prepare(u);
    if
    :: b == unit -> changeHeader(unit, hu, NEXT_HEADER(hu, LIVE, 0), done)
    :: b != unit -> giveBack(unit)
    fi
#endif
  fi;
  FORGET
}

inline giveBack(unit) {
#ifdef BLIND_SETTLE
  hu = header[unit];
#endif
  changeHeader(unit, hu, NEXT_HEADER(hu, FREE, 0), done)
}

proctype settler() {
  byte a, b, k, u, at;
  short w, n, h, ha, hu;
  bool done;
  settle(1);
  settle(2);
  settle(3)
}

proctype death() { dead = true }

byte seen, index;

init {
  byte a, b, k, u, at;
  short w, n, h, ha, hu;
  bool done;
  atomic {
    /* One node to begin with. */
    header[1] = HEADER(LIVE, 0, 0);
    next[0] = LINK_TO(0, 1);
    key[1] = 1;
    value[1] = 1;
    present[1] = true;
    run worker(1, ROUNDS);
#ifdef OTHER
    run worker(2, ROUNDS);
#endif
#ifdef READER
    run reader();
#endif
#ifdef MORTAL
    run worker(2, 1);
    run settler();
    run death()
#endif
  };
  timeout;
  atomic {
    /* Somebody needs all that is free. */
#ifndef NO_SETTLER
    settle(1);
    settle(2);
    settle(3);
#endif
    index = 1;
    do
    :: index > UNITS -> break
    :: index <= UNITS ->
      assert(STATE(header[index]) == FREE || STATE(header[index]) == LIVE
        && present[key[index]] && value[index] == key[index]);
      if
      :: STATE(header[index]) == LIVE -> seen++
      :: else
      fi;
      index++
    od;
    assert(seen == present[1] + present[2] + present[3])
  }
}
