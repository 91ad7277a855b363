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
 * check: growth with a tombstone of a table that is gone | -DRUSH -DPUTS -DPUTS_TWICE -DDELETES -DALONE -DDELETED -DBLIND_TOMBSTONE | caught -DREVERSE -Og
 * check: growth with blocks of arrived words made live | -DPUTS_TWICE -DDELETES -DMOVES=1 -DENSURE_ARRIVED | caught
 * check: growth with a sweep by slot | -DMORTAL -DMOVES=1 -DSWEEP_BY_SLOT | caught
 * check: growth with a sweep that looks once | -DMORTAL -DPUTS -DOTHER_DELETES -DBEHIND -DMOVES=0 -DSWEEP_LOOKS_ONCE | caught
 * check: growth with tags stored | -DTAGS -DALONE -DPUTS -DTAG_STORE | caught
 * check: growth with tombstones for any key | -DBLOCKS=4 -DALONE -DPUTS -DMORE_PUTS -DOTHER_DELETES -DMOVES=0 -DANY_HASH | caught
 * check: growth without a mark where twins meet | -DTWINS -DBLOCKS=4 -DALONE -DPUTS -DMORE_PUTS -DOTHER_DELETES -DMOVES=0 -DNO_COLLIDED | caught
 */

/* MOVERS, PUTS, DELETES, OTHER_PUTS and so on choose who takes part: writers of the first key, or of the
 * other. With TAGS tables have tags, with TWINS both keys have one hash. */
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

#include "growth-memory.pml"
#include "growth-movers.pml"
#include "growth-users.pml"

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
