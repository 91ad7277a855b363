/* The change feed: two publishers of one slot, a watcher, another that comes and goes, a sweeper.
 *
 * A process dies when its element of `dead` is set: at any step, and for ever; one that is stopped is
 * one that dies and is not swept. Every step below is one access to shared memory; a compare-and-swap
 * is one step. A sleep ends when its word changes. That it ends after a while too is needed only where
 * somebody died, and counts only when the look behind it finds something. README.md says what is left
 * out.
 *
 * check: watch | -DTELL | ok
 * check: watch, a publisher is stopped | -DTELL -DSTOPPED | ok
 * check: watch, another comes and goes | -DOTHERS | ok
 * check: watch, the watcher is taken for dead | -DOTHERS -DHASTY | ok
 * check: watch until nobody does | -DOTHERS -DENDS | ok
 * check: watch without a change before it is told | -DTELL -DTELL_FIRST | caught
 * check: watch with a publisher that asks too early who watches | -DTELL -DASK_EARLY | caught
 * check: watch with a first look before it is said | -DTELL -DLOOK_FIRST | caught
 * check: watch without a count before the slots | -DTELL -DCOUNT_LAST | caught
 * check: watch without a second look before the sleep | -DTELL -DNO_SECOND_LOOK | caught
 * check: watch with a publisher that looks for sleepers too early | -DTELL -DWAKE_EARLY | caught
 * check: watch without a look at announcements | -DTELL -DSTOPPED -DNO_ANNOUNCED | caught
 * check: watch without an announcement to the end | -DTELL -DSTOPPED -DCLEAR_EARLY | caught
 * check: watch without a sweep that tells | -DTELL -DSILENT_SWEEP | caught
 * check: watch without a row before the word | -DOTHERS -DROW_LAST | caught
 * check: watch without a compare-and-swap when it is cleared | -DOTHERS -DBLIND_CLEAR | caught
 * check: watch without the same word when it is cleared | -DOTHERS -DNO_TIMES_SAID | caught
 * check: watch without a count of clearings | -DOTHERS -DHASTY -DNO_TIMES_CLEARED | caught
 * check: watch without a sweep that clears | -DOTHERS -DENDS -DNO_CLEAR | caught
 */

/* TELL: publishers and the watcher; OTHERS: watchers, and one change. */
#ifdef TELL
#define PUTS 2  /* of the publisher that lives */
#else
#define PUTS 1
#endif

/* The slot: how often it has changed. */
byte slot;

/* Header words. `watched` is three fields of one word: set, times said, times cleared. */
bool watched;
byte said, cleared;
byte count;   /* the change table, of one share */
byte arrival; /* bit 0 somebody may sleep; above, times woken */

bool announced[2];          /* lanes of the publishers */
bool row[2];                /* of watchers: says that it watches */
bool dead[4], over[4];      /* publishers 0 and 1, watchers 2 and 3 */
bool hasty;                 /* the first watcher was taken for dead */

byte known;                 /* the slot as the first watcher knows it */
#define WATCHER row[0]
#define OTHER row[1]

inline wake() {
#ifndef WAKE_EARLY
  word = arrival;
#endif
  if
  :: word & 1 ->
    if
    :: arrival == word -> arrival = (word & 254) + 2
    :: arrival != word
    fi
  :: else
  fi
}

/* What a publisher does at the end: asks whether anybody watches, ChangeTable.mark. */
inline tell() {
#ifndef ASK_EARLY
  isWatched = watched;
#endif
#ifdef WAKE_EARLY
  word = arrival;
#endif
  if
  :: isWatched ->
    count = count + 1;
    wake()
  :: else
  fi;
  word = 0
}

/* The end of a put or delete; the publisher `me` has built its record. */
proctype publisher(byte me; byte puts) {
  byte left = puts;
  byte word;
  bool isWatched;
  {
    do
    :: left > 0 ->
      announced[me] = true;
#ifdef ASK_EARLY
      isWatched = watched;
#endif
#ifdef TELL_FIRST
      tell();
      slot = slot + 1;
#else
      slot = slot + 1;
#ifdef CLEAR_EARLY
      announced[me] = false;
#endif
      tell();
#endif
      announced[me] = false;
      d_step { isWatched = false; left-- }
    :: left == 0 -> over[me] = true; break
    od
  } unless {
    d_step { dead[me]; word = 0; isWatched = false }
  }
}

/* ChangeTable.beginWatching. */
inline say(place) {
#ifndef ROW_LAST
  place = true;
#endif
  d_step { watched = true; said = said + 1; clearedBefore = cleared }
#ifdef ROW_LAST
  ;
  place = true
#endif
}

/* ChangeTable.clearUnlessWatched. */
inline clearUnlessWatched() {
  d_step { isSaid = watched; saidBefore = said };
#ifndef NO_CLEAR
  if
  :: isSaid ->
    if
    :: WATCHER -> skip
    :: !WATCHER ->
      if
      :: OTHER -> skip
      :: !OTHER ->
#ifdef BLIND_CLEAR
        d_step { watched = false; cleared = cleared + 1 }
#else
        if
#ifdef NO_TIMES_SAID
        :: d_step { watched; watched = false; cleared = cleared + 1 }
        :: !watched
#else
        :: d_step { watched && said == saidBefore; watched = false; cleared = cleared + 1 }
        :: !watched || said != saidBefore
#endif
        fi
#endif
      fi
    fi
  :: else
  fi;
#endif
  d_step { isSaid = false; saidBefore = 0 }
}

#ifdef NO_TIMES_CLEARED
#define WAS_CLEARED false
#else
#define WAS_CLEARED (cleared != clearedBefore)
#endif
#ifdef NO_ANNOUNCED
#define IS_ANNOUNCED false
#else
#define IS_ANNOUNCED (announced[0] || announced[1])
#endif

/* Whether a look would find something. */
#define IS_NEWS (slot != known && (WAS_CLEARED || count != seen || IS_ANNOUNCED))
#define HAS_DIED (dead[0] || dead[1] || dead[3] || hasty)

inline compare() {
  if
  :: slot != known -> known = slot; found = true
  :: slot == known
  fi
}

/* ChangeReader.look. */
inline look() {
  found = false;
  if
  :: WAS_CLEARED ->
    say(WATCHER);
    compare()
  :: !WAS_CLEARED
  fi;
#ifdef COUNT_LAST
  if
  :: count != seen ->
    compare();
    seen = count
  :: count == seen
  fi;
#else
  number = count;
  if
  :: number != seen ->
    seen = number;
    compare()
  :: number == seen
  fi;
  number = 0;
#endif
  if
  :: IS_ANNOUNCED -> compare()
  :: !IS_ANNOUNCED
  fi
}

/* Changes.AsyncIterator. */
proctype watcher() {
  byte seen, number, clearedBefore, prepared;
  byte saidBefore;
  bool found, isSaid;
#ifdef LOOK_FIRST
  known = slot;
  say(WATCHER);
#else
  say(WATCHER);
  known = slot;
#endif
  do
  :: look();
    if
    :: found -> skip
    :: !found ->
      d_step { arrival = arrival | 1; prepared = arrival };
#ifndef NO_SECOND_LOOK
      look();
#endif
      if
      :: found -> skip
      :: !found ->
endAsleep:
        if
        :: arrival != prepared
        :: HAS_DIED && IS_NEWS
#ifdef ENDS
        :: over[1] && (over[0] || dead[0]) -> break
#endif
        fi
      fi;
      prepared = 0
    fi
  od;
  /* It ends only with ENDS. */
  WATCHER = false;
  clearUnlessWatched();
  over[2] = true
}

/* One that begins to watch and ends. What it finds is left out. */
proctype other() {
  byte saidBefore, clearedBefore;
  bool isSaid;
  {
    say(OTHER);
    OTHER = false;
    clearUnlessWatched();
    over[3] = true
  } unless {
    d_step { dead[3]; isSaid = false; saidBefore = 0; clearedBefore = 0 }
  }
}

/* Sweeps the first publisher and the other watcher, should they die. */
proctype sweeper() {
  byte word, saidBefore;
  bool isWatched, isSaid, isPublisherSwept, isWatcherSwept;
end:
  do
#ifdef TELL
  :: dead[0] && !isPublisherSwept ->
#ifdef ASK_EARLY
    isWatched = watched;
#endif
    if
    :: announced[0] ->
#ifndef SILENT_SWEEP
      tell();
#endif
      announced[0] = false
    :: !announced[0]
    fi;
    d_step { isPublisherSwept = true; isWatched = false }
#else
  :: dead[3] && !isWatcherSwept ->
    OTHER = false;
    clearUnlessWatched();
    isWatcherSwept = true
#ifdef HASTY
  :: WATCHER && !hasty ->
    d_step { hasty = true; WATCHER = false };
    clearUnlessWatched()
#endif
#endif
  od
}

/* Kills some, or stops them where nobody sweeps. */
proctype death() {
end:
  do
#ifdef TELL
  :: d_step { !dead[0] && !over[0]; dead[0] = true }
#else
  :: d_step { !dead[3] && !over[3]; dead[3] = true }
#endif
  od
}

init {
  atomic {
#ifdef TELL
    run publisher(0, 1);
#else
    over[0] = true;
    run other();
#endif
    run publisher(1, PUTS);
    run watcher();
#ifndef STOPPED
    run sweeper();
#endif
    run death()
  };
  timeout;
  assert(over[1]);
#ifdef ENDS
  assert(over[2] && !watched)
#else
  assert(known == slot);
  assert(watched || hasty)
#endif
}
