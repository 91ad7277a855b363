/* How an end of a channel that looks for sleepers without a fence and a sleeper do not miss each other.
 *
 * The sender's cells are one number here, of elements sent. It stands in the sender's store buffer
 * until `memory` writes it, however late, a fence, or a locked instruction of the sender. A sleep ends
 * when its word changes, and not by time. What is lost shows as a state in which the receiver sleeps,
 * everything is in memory, and something is left to take. The other way, where the sender sleeps until
 * there is room, is the same with the names exchanged.
 *
 * With DEATHS an end may die at any step, once: what it has stored comes into memory all the same, what it was
 * about to do does not, and another goes on from there. Only then does a sleep also end by time, once; what
 * else the next end finds is in channel-ends.pml.
 *
 * Names are those of the code: ChannelCells.move, ChannelCells.announce, WakeWord.wake.
 *
 * check: channel | | ok
 * check: channel whose sender fences itself | -DNOT_ENLISTED | ok
 * check: channel, whoever dies | -DDEATHS | ok
 * check: channel whose sender fences itself, whoever dies | -DDEATHS -DNOT_ENLISTED | ok
 * check: channel whose sleep does not end by time | -DDEATHS -DNO_TIME | caught
 * check: channel whose sleeper has nobody fence, whoever dies | -DDEATHS -DNO_HEAVY | caught
 * check: channel whose sleeper has nobody fence | -DNO_HEAVY | caught
 * check: channel whose sleeper looks before all have fenced | -DLOOK_FIRST | caught
 * check: channel whose sleeper does not look again | -DNO_SECOND_LOOK | caught
 * check: channel whose sleeper announces itself after the fence | -DANNOUNCE_LAST | caught
 * check: channel whose sender looks for sleepers first | -DWAKE_EARLY | caught
 * check: channel with a sleep that compares no word | -DPLAIN_SLEEP | caught
 */

#define SENT 3

byte buffered;  /* what the sender has stored */
byte sent;      /* what others see of it */
byte taken;
bool sleeping;  /* bit 0 of the futex word */
byte woken;     /* its other bits */
bool awake;     /* a wake-up without comparison */
byte died;      /* which end has: 1 the sender, 2 the receiver */
bool late;      /* whether time has passed since */

#define drain sent = buffered

#ifdef NO_TIME
#define TIME_PASSES false
#else
#define TIME_PASSES died != 0 && !late -> late = true
#endif

active proctype memory() {
  do
  :: atomic { sent != buffered -> drain }
  :: taken == SENT -> break
  od
}

inline look_for_sleepers() {
  if
  :: sleeping -> seen = true
  :: else -> seen = false
  fi
}

proctype sender(bool isMortal) {
  bool seen;
  byte number;
  {
    number = buffered;
    do
    :: number < SENT ->
      number++;
#ifdef WAKE_EARLY
      look_for_sleepers();
      buffered = number;
#else
#ifdef NOT_ENLISTED
      atomic { buffered = number; drain }
#else
      buffered = number;
#endif
      look_for_sleepers();
#endif
      /* A locked instruction: it empties the buffer. */
      if
      :: seen -> atomic { drain; if :: sleeping -> sleeping = false; woken++; awake = true :: else fi }
      :: else
      fi
    :: else -> break
    od
  } unless {
    atomic { isMortal && died == 1 -> drain; seen = false; number = 0; run sender(false) }
  }
}

/* The kernel interrupts whoever runs, if it is enlisted. */
inline heavy_fence() {
#if !defined(NO_HEAVY) && !defined(NOT_ENLISTED)
  drain
#else
  skip
#endif
}

proctype receiver(bool isMortal) {
  byte prepared;
  bool idle;
  {
    do
    :: taken == SENT -> break
    :: taken < SENT ->
      if
      :: sent > taken -> taken++
      :: else ->
#ifdef ANNOUNCE_LAST
        heavy_fence();
        atomic { sleeping = true; prepared = woken; awake = false };
        idle = sent == taken;
#else
        atomic { sleeping = true; prepared = woken; awake = false };
#ifdef LOOK_FIRST
        idle = sent == taken;
        heavy_fence();
#else
        heavy_fence();
#ifdef NO_SECOND_LOOK
        idle = true;
#else
        idle = sent == taken;
#endif
#endif
#endif
        if
        :: idle ->
#ifdef PLAIN_SLEEP
          awake = false;
          awake
#else
          if
          :: woken != prepared
          :: TIME_PASSES
          fi
#endif
        :: else
        fi
      fi
    od
  } unless {
    atomic { isMortal && died == 2 -> prepared = 0; idle = false; run receiver(false) }
  }
}

init {
#ifdef DEATHS
  atomic { run sender(true); run receiver(true) };
end:
  if
  :: died = 1
  :: died = 2
  fi
#else
  atomic { run sender(false); run receiver(false) }
#endif
}
