/* A cell of a table: a writer that may die at any step, another that takes over, and two readers.
 *
 * A value is two words in a half of the cell; both hold its number, and go to memory in either order.
 * Where a flag takes a fence away, what it held back is done early, as another processor than x86
 * may do it: a fill before the publication before it, the second look before the copy. README.md
 * says what is left out.
 *
 * check: table | | ok
 * check: table without filling the half before it is published | -DPUBLISH_FIRST | caught
 * check: table that fills the half that is read | -DFILL_ACTIVE | caught
 * check: table without a second look at the word | -DNO_SECOND_LOOK | caught
 * check: table whose second look may be early | -DEARLY_LOOK | caught
 * check: table whose fills may be early | -DEARLY_FILL | caught
 * check: table without versions | -DNO_VERSION | caught
 * check: table that is taken over from the living | -DHASTY | caught
 * check: table whose next writer trusts a half that was not published | -DTRUST_HALF | caught
 */

#define PUTS 3
#define READS 2

/* The control word: the half that is published, and how often something was. */
#ifdef NO_VERSION
#define NEXT(word) (1 - (word))
#else
#define NEXT(word) ((word) + 1)
#endif
#define HALF(word) ((word) % 2)

byte control;
byte first[2], second[2];       /* the halves: both words hold the number of a value */
bool dead, over;

/* Seen by assertions only. */
byte published;                 /* the number of the value that is published */
byte writing = 1;               /* writers that may still do something */

inline fill(half, number) {
  /* The two words go to memory in either order. */
  if
  :: first[half] = number; second[half] = number
  :: second[half] = number; first[half] = number
  fi
}

/* One publication from the word that was seen. */
inline publish(number) {
  d_step {
    assert(control == word);
    control = NEXT(word);
    published = number
  }
}

#ifdef FILL_ACTIVE
#define TARGET HALF(word)
#else
#define TARGET (1 - HALF(word))
#endif

inline put(number) {
  word = control;
#ifdef PUBLISH_FIRST
  publish(number);
  fill(1 - HALF(word), number)
#else
  fill(TARGET, number);
  publish(number)
#endif
}

/* The first writer sets values of odd numbers. */
proctype writer() {
  byte word, count;
  {
#ifdef EARLY_FILL
    /* Without a release before the fill, the first word of each value may be in memory before the
     * publication that comes before it: the half is that which is still read. */
    word = control;
    fill(1 - HALF(word), 1);
    first[HALF(word)] = 3;
    publish(1);
    word = control;
    second[1 - HALF(word)] = 3;
    publish(3)
#else
    do
    :: count == PUTS -> break
    :: count < PUTS -> put(2 * count + 1); count++
    od
#endif
    ;
    skip;
    d_step { writing--; over = true }
  } unless { d_step { dead; word = 0; count = 0 } }
}

/* The second one takes over when the first is dead or gives the table up. */
proctype successor() {
  byte word;
#ifdef HASTY
  true;
#else
  d_step { (dead || over); if :: dead && !over -> writing-- :: else fi };
#endif
  d_step { assert(writing == 0); writing++ };
#ifdef TRUST_HALF
  /* The half that is not published is taken for a value of the dead. */
  word = control;
  publish(first[1 - HALF(word)]);
#endif
  put(12);
  put(14)
}

proctype reader() {
  byte word, one, two, reads, oldest, last;
  do
  :: reads == READS -> break
  :: reads < READS ->
    d_step { oldest = published; word = control };
#ifdef EARLY_LOOK
    if
    :: control != word -> goto again
    :: else
    fi;
#endif
    one = first[HALF(word)];
    two = second[HALF(word)];
#if !defined(NO_SECOND_LOOK) && !defined(EARLY_LOOK)
    if
    :: control != word -> goto again
    :: else
    fi;
#endif
    /* Whole, one that was set, not older than what stood when the read began, nor than the last. */
    assert(one == two);
    assert(one >= oldest);
    assert(one >= last);
    d_step { last = one; reads++ };
again:
    skip;
    d_step { one = 0; two = 0; word = 0; oldest = 0 }
  od
}

proctype death() {
end:
  if
  :: d_step { !over; dead = true }
  fi
}

init {
  atomic { run writer(); run successor(); run reader(); run reader(); run death() };
  timeout;
  assert(first[HALF(control)] == second[HALF(control)]);
  assert(published == 14 && first[HALF(control)] == 14)
}
