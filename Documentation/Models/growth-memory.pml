/* A part of growth.pml: what lies in memory, and steps on blocks and tags. */

/* A slot word: kind, number of a block or hash, generation or epoch. */
#define NEVER_USED 0
#define LIVE 1
#define TOMBSTONE 2
#define FROZEN 3  /* of an entry, which has not moved; in the next table it has arrived */
#define MOVED 4   /* of an entry that has */
#define EMPTY 5   /* frozen before it was used */
#define DEAD 6    /* frozen tombstone */
#define COLLIDED 256
#define WORD(kind, number, stamp) ((kind) + 8 * (number) + 32 * (stamp))
#define KIND(word) ((word) & 7)
#define NUMBER(word) (((word) >> 3) & 3)
#define STAMP(word) (((word) >> 5) & 7)
#define SAME(word, other) (((word) | COLLIDED) == ((other) | COLLIDED))
#define IS_FROZEN(word, epoch) (KIND(word) >= FROZEN && STAMP(word) == (epoch))
#define HAS_ARRIVED(word, epoch) (KIND(word) == FROZEN && STAMP(word) == (epoch) - 1)

/* An incarnation of a block, as a live word names it; 0 is none. */
#define ENTRY(block, generation) ((block) + 4 * (generation))
#define BLOCK(entry) ((entry) & 3)
#define GENERATION(entry) ((entry) >> 2)
#define ENTRY_IN(word) (((word) >> 3) & 31)  /* the word is live */

/* A block header: state, whether its owner is mortal, generation. */
#define FREE 0
#define ALLOCATED 1
#define IN_USE 2
#define HEADER(state, owner, entry) ((state) + 4 * (owner) + 8 * GENERATION(entry))
#define STATE(header) ((header) & 3)
#define OWNER(header) (((header) >> 2) & 1)
#define ENTRY_OF(block) ENTRY(block, header[block] >> 3)
#define IS_STATE(entry, state) (STATE(header[BLOCK(entry)]) == (state) \
  && header[BLOCK(entry)] >> 3 == GENERATION(entry))

/* The state of the index. */
#define STABLE 0
#define PREPARING 1
#define MOVING 2
#define INDEX(epoch, phase) ((epoch) * 4 + (phase))
#define EPOCH(state) ((state) >> 2)
#define PHASE(state) ((state) & 3)

#ifdef TWINS
#define HASH(key) 0
#else
#define HASH(key) (key)
#endif

byte index = INDEX(1, STABLE);
short area[2 * SLOTS];  /* the table of an epoch lies in one of two areas */
#define SLOT(epoch, number) area[((epoch) & 1) * SLOTS + (number)]
byte header[BLOCKS];
byte keyOf[BLOCKS];

/* The tags of a table: its epoch and, of each slot, 0 or the key's number + 1; one word in each area. */
#ifdef TAGS
byte tagEpoch[2];
byte tags[2 * SLOTS];
#define TAG(epoch, number) tags[((epoch) & 1) * SLOTS + (number)]
#define IS_OTHERS(epoch, number) (TAG(epoch, number) != 0 && TAG(epoch, number) != key + 1)
#else
#define IS_OTHERS(epoch, number) false
#endif

/* The mortal writer's lane. */
bool announced;
byte intentOld, intentNew, intentEpoch, intentSlot;
bool dead[1], over[1];

/* What the store holds: seen by assertions only. */
byte current[KEYS];
int seen;  /* entries of the reader's key that were current during its search; bit 0 for none */

/* SlotIndex.setTag. */
inline setTag(epoch, number, key) {
#ifdef TAGS
#ifdef TAG_STORE
  if
  :: tagEpoch[(epoch) & 1] == epoch -> TAG(epoch, number) = key + 1
  :: else
  fi
#else
  d_step {
    if
    :: tagEpoch[(epoch) & 1] == epoch -> TAG(epoch, number) = key + 1
    :: else
    fi
  }
#endif
#else
  skip
#endif
}

/* BlockTable.ensureLive. */
inline ensureLive(entry) {
  if
  :: IS_STATE(entry, ALLOCATED) ->
    assert(current[keyOf[BLOCK(entry)]] == entry);
    header[BLOCK(entry)] = header[BLOCK(entry)] - ALLOCATED + IN_USE
  :: else
  fi
}

/* BlockTable.retire, and free: nobody pins. */
inline retire(entry) {
  if
  :: IS_STATE(entry, IN_USE) ->
    assert(current[keyOf[BLOCK(entry)]] != entry);
    header[BLOCK(entry)] = HEADER(FREE, 0, entry)
  :: else
  fi
}

inline clearIntent() {
  announced = false; intentOld = 0; intentNew = 0; intentEpoch = 0; intentSlot = 0
}

#define FROZEN_WORD(word, epoch) \
  (KIND(word) == LIVE || KIND(word) == FROZEN -> WORD(FROZEN, NUMBER(word), epoch) : \
  (KIND(word) == NEVER_USED -> WORD(EMPTY, 0, epoch) : WORD(DEAD, 0, epoch)))

/* What a frozen word is in the next table. */
#ifdef LIVE_INTO_NEXT
#define ARRIVED(word) WORD(LIVE, NUMBER(word), header[NUMBER(word)] >> 3)
#else
#define ARRIVED(word) (word)
#endif
