/* A queue of two cells: two producers, two consumers; one of each may die at any step.
 *
 * Every step below is one access to shared memory; a compare-and-swap is one step. A consumer or
 * producer that finds nothing to do waits until its next attempt would go otherwise: what never
 * becomes true is a survivor blocked for ever. README.md says what is left out.
 *
 * check: queue | | ok
 * check: queue with a ticket in place of a claim | -DPLAIN_TICKET | caught
 * check: queue without undoing claims of the dead | -DNO_UNDO | caught
 * check: queue that undoes claims without asking who lives | -DNO_DEATH_CHECK | caught
 * check: queue that undoes a claim by a plain store | -DBLIND_UNDO | caught
 * check: queue that passes a cell whose undoing failed | -DPASS_AFTER_UNDO | caught
 * check: queue without laps in the control word | -DNO_LAP | caught
 * check: queue that publishes before it writes | -DPUBLISH_FIRST | caught
 * check: queue whose consumers sleep only on a cell of their lap | -DSLEEP_ON_SAME_LAP | caught
 */

#ifndef PUSHES
#define PUSHES 2  /* per producer */
#endif
#define CAPACITY 2
#define CELL(position) ((position) % CAPACITY)
#ifdef NO_LAP
#define LAP(position) 0
#define NEXT(lap) 0
#else
#define LAP(position) ((position) / CAPACITY)
#define NEXT(lap) ((lap) + 1)
#endif

/* A control word: state, owner, lap. */
#define EMPTY 0
#define WRITING 1
#define FULL 2
#define READING 3
#define CONTROL(state, owner, lap) ((state) + 4 * (owner) + 16 * (lap))
#define STATE(word) ((word) % 4)
#define OWNER(word) (((word) / 4) % 4)
#define LAP_OF(word) ((word) / 16)
#define IS_CLAIM(word) (STATE(word) == WRITING || STATE(word) == READING)

/* Producers are 0 and 1, consumers 2 and 3; elements are numbered from 0. */
#define ELEMENT(producer, sequence) ((producer) * PUSHES + (sequence))
#define BIT(element) (1 << (element))

byte control[CAPACITY];
byte first[CAPACITY], second[CAPACITY];  /* the payload: both hold the element */
byte head, tail;
bool dead[4], over[2];

/* Seen by assertions only. */
byte inside[CAPACITY];                    /* the element a cell was claimed for */
short pushed, delivered, lost;            /* sets of elements */
byte taken[2];                            /* per producer: elements that consumers have claimed */

/* What an attempt would find now. */
#define CAN_WRITE (control[CELL(tail)] == CONTROL(EMPTY, 0, LAP(tail)) \
  || LAP_OF(control[CELL(tail)]) >= LAP(tail) && control[CELL(tail)] != CONTROL(FULL, 0, LAP(tail)) \
  || IS_CLAIM(control[CELL(tail)]) && dead[OWNER(control[CELL(tail)])])
