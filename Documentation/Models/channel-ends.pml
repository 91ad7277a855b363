/* What the next end of a channel finds when the one before has died at any step, or has let go.
 *
 * A ring of two cells. Senders and receivers claim their end when nobody has it, or its owner is dead. Every
 * step below is one access to shared memory; a compare-and-swap is one step. An end that finds nothing to do
 * waits until that would change: what never does is a survivor blocked for ever. A sender says how far it is
 * after any number of elements, as one does that sends many at once. How sleepers are woken is in
 * channel.pml. README.md says what is left out.
 *
 * check: channel ends whose sender dies | -DSENDS=4 -DSENDERS=2 | ok
 * check: channel ends whose receivers die | -DSENDS=2 -DRECEIVERS=3 | ok
 * check: channel ends, acknowledged, whose receivers die | -DSENDS=2 -DRECEIVERS=3 -DACKNOWLEDGED | ok
 * check: channel ends, one of each dies | -DSENDS=2 -DSENDERS=2 -DRECEIVERS=2 | ok
 * check: channel ends that are taken from the living | -DSENDERS=2 -DHASTY | caught
 * check: channel ends that are claimed whoever has them by now | -DSENDERS=2 -DBLIND_CLAIM | caught
 * check: channel ends whose next sender believes the position | -DSENDERS=2 -DTAIL_ALONE | caught
 * check: channel ends whose sender says how far it is before it is | -DSENDERS=2 -DTAIL_FIRST | caught
 * check: channel ends whose receiver does not say what it is lent | -DRECEIVERS=2 -DSILENT | caught
 * check: channel ends whose receiver says what it is lent too late | -DRECEIVERS=2 -DLENT_FIRST | caught
 * check: channel ends whose next receiver does not settle what was lent | -DRECEIVERS=2 -DNO_SETTLING | caught
 * check: channel ends whose loss is counted again | -DRECEIVERS=3 -DCOUNT_AGAIN | caught
 * check: channel ends whose loss is counted behind | -DRECEIVERS=3 -DHEAD_FIRST | caught
 * check: channel ends whose loss is told before its sum | -DRECEIVERS=3 -DUNTIL_FIRST | caught
 * check: channel ends whose receiver lets go of a cell before it has read it | -DSENDS=3 -DRELEASE_FIRST | caught
 */

#define CELLS 2
#ifndef SENDS
#define SENDS 2
#endif
/* All but the last may die, or let go before all is sent or taken. */
#ifndef SENDERS
#define SENDERS 1
#endif
#ifndef RECEIVERS
#define RECEIVERS 1
#endif
#define BIT(position) (1 << (position))
#define ALL (BIT(SENDS) - 1)

/* Words of cells, positions, and what was lost. */
byte control[CELLS], data[CELLS];
byte head, tail, taken;
byte lost, lostNext, lostUntil;
/* Who has the ends: senders are 1 and 2, receivers 3 to 5. */
byte senderEnd, receiverEnd;
bool dead[6];

/* Seen by assertions only. */
byte sent, lent, delivered, gone;

#ifdef HASTY
#define IS_DEAD(who) true
#else
#define IS_DEAD(who) dead[who]
#endif

/* CellChannel.claim: waits where the code throws. */
inline claim(word) {
  do
  :: d_step { word == 0 || IS_DEAD(word) -> before = word };
    d_step {
      if
#ifdef BLIND_CLAIM
      :: true ->
#else
      :: word == before ->
#endif
        assert(word == 0 || dead[word]);
        word = me;
        won = true
      :: else
      fi
    };
    if
    :: won -> break
    :: else
    fi
  od
}

/* ChannelEnd.deinit */
inline letGo(word) {
  d_step {
    if
    :: word == me -> word = 0
    :: else
    fi
  }
}

proctype sender(byte me) {
  byte before, first, position;
  bool won;
  {
    claim(senderEnd);
    first = head;
    position = tail;
#ifndef TAIL_ALONE
    if
    :: position < first -> position = first
    :: else
    fi;
    do
    :: position - first < CELLS && control[position % CELLS] == position + 1 -> position++
    :: else -> break
    od;
#endif
    do
    :: position == SENDS -> break
    :: position < SENDS ->
      if
      :: position - first == CELLS -> d_step { position - head < CELLS -> first = head }
      :: else
      fi;
      d_step {
        assert(position < CELLS || gone & BIT(position - CELLS));
        data[position % CELLS] = 0
      };
      data[position % CELLS] = position + 1;
#ifdef TAIL_FIRST
      tail = position + 1;
#endif
      d_step {
        assert(!(sent & BIT(position)));
        sent = sent | BIT(position);
        position++;
        control[(position - 1) % CELLS] = position
      };
      if
      :: tail = position
      :: position < SENDS
      fi
    :: me < SENDERS -> break
    od;
    letGo(senderEnd)
  } unless {
    d_step { dead[me]; before = 0; first = 0; position = 0; won = false }
  }
}

/* CellChannel.settleTaken */
inline settle() {
  position = head;
  last = taken;
  if
  :: last > position ->
#ifdef HEAD_FIRST
    passTaken();
#endif
#ifdef COUNT_AGAIN
    lost = lost + last - position;
#else
    if
    :: lostUntil != last ->
#ifdef UNTIL_FIRST
      lostUntil = last;
      lostNext = lost + last - position
#else
      lostNext = lost + last - position;
      lostUntil = last
#endif
    :: else
    fi;
    lost = lostNext;
#endif
#ifndef HEAD_FIRST
    passTaken()
#endif
  :: else
  fi
}

inline passTaken() {
  d_step {
    gone = gone | BIT(last) - BIT(position);
    head = last
  }
}

inline read() { assert(data[position % CELLS] == position + 1) }

inline release() {
  d_step {
    assert(!(gone & BIT(position)));
    gone = gone | BIT(position);
    delivered = delivered | BIT(position);
    head = position + 1
  }
}

/* Nobody else was lent it, unless that is what the creator chose. */
inline lend() {
  d_step {
    read();
#ifndef ACKNOWLEDGED
    assert(!(lent & BIT(position)));
#endif
    lent = lent | BIT(position)
  }
}

proctype receiver(byte me) {
  byte before, position, last;
  bool won;
  {
    claim(receiverEnd);
#if !defined(ACKNOWLEDGED) && !defined(NO_SETTLING)
    settle();
#endif
    position = head;
    do
    :: position == SENDS -> break
    :: position < SENDS ->
      d_step {
        (control[position % CELLS] != (position < CELLS -> 0 : position + 1 - CELLS)) ->
        assert(control[position % CELLS] == position + 1)
      };
#ifdef RELEASE_FIRST
      release();
      read();
#else
      if
      :: read()
      :: /* pop(lending:) */
#ifdef LENT_FIRST
        lend();
#endif
#ifndef SILENT
        taken = position + 1;
#endif
#ifndef LENT_FIRST
        lend();
#endif
        read()
      fi;
      release();
#endif
      position++
    :: me < 2 + RECEIVERS -> break
    od;
    letGo(receiverEnd)
  } unless {
    d_step { dead[me]; before = 0; position = 0; last = 0; won = false }
  }
}

proctype death() {
end:
  do
#if SENDERS > 1
  :: d_step { !dead[1]; dead[1] = true }
#endif
#if RECEIVERS > 1
  :: d_step { !dead[3]; dead[3] = true }
#endif
#if RECEIVERS > 2
  :: d_step { !dead[4]; dead[4] = true }
#endif
  :: false
  od
}

init {
  byte position, count;
  atomic {
    run sender(1);
#if SENDERS > 1
    run sender(2);
#endif
    run receiver(3);
#if RECEIVERS > 1
    run receiver(4);
#endif
#if RECEIVERS > 2
    run receiver(5);
#endif
    run death()
  };
  timeout;
  d_step {
    assert(sent == ALL && gone == ALL && head == SENDS);
    do
    :: position == SENDS -> break
    :: position < SENDS ->
      if
      :: delivered & BIT(position)
      :: else -> count++
      fi;
      position++
    od;
    /* What was not delivered is what is counted. */
    assert(lost == count);
#ifdef ACKNOWLEDGED
    assert(lost == 0)
#endif
  }
}
