/*
 * Every bound on what comes in and on what is kept, in one place.
 *
 * What an operator may change is in struct limits (rule.h); these are the
 * bounds of the formats themselves, which other programs are written against.
 */
#ifndef TRUCED_CORE_LIMITS_H
#define TRUCED_CORE_LIMITS_H

enum {
	NAME_SIZE = 64,		  /* [a-z0-9][a-z0-9_-]{0,62} and its NUL */
	TEXT_SIZE = 65,		  /* source, id, event, place: 64 bytes, NUL */
	COUNTRY_SIZE = 3,	  /* ISO 3166-1 alpha-2 and its NUL */
	PAYLOAD_MAX = 64 * 1024,  /* a report; answered with `oversize` */
	FRAME_MAX = 128 * 1024,	  /* a frame; beyond it the peer is cut off */
	TOPIC_MAX = 128,	  /* bytes of a topic */
	COUNT_CEILING = 2097151,  /* 21 bits: the most that max_count may be */
	EVENT_REPORTS_MAX = 32,	  /* reports that tell one event */
	FINDING_REPORTS_MAX = 32, /* reports that a finding names ... */
	FINDING_TEXT_SIZE = 2048, /* ... and their text, each with its NUL */
	FINDINGS_MAX = 32,    /* of a report or event: that count, that deny */
	DISTINCT_MAX = 256,   /* sources or places counted, then at_least */
	EVIDENCE_MAX = 16,    /* reports named in an alert */
	LEVELS_GIVEN_MAX = 8, /* levels in a rule's configuration */
	LEVELS_MAX = 64,      /* with the further steps of the last one */
	DEADLINE_WARNINGS_MAX = 8, /* times at which a deadline is near */
	FEED_GAPS_MAX = 16,	   /* gaps of a feed that are told apart */
	GROUP_BY_MAX = 4,	   /* fields in a rule's group_by */
	RING_BUCKETS_MAX = 1440,   /* buckets of a window and its `late` */
	HEADLINE_SIZE = 256,	   /* a rendered headline and its NUL */
	DESCRIPTION_SIZE = 1024,   /* a rendered description and its NUL */
	COMMENT_SIZE = 512,	   /* an officer's words and their NUL */
	SILENCES_MAX = 256, /* active at a time, real and drills' apart */
	MATCHERS_MAX = 8,   /* in a silence */
	REPLAY_MAX = 1000,  /* alerts in one Reply */
	SUBMIT_MAX = 1000,  /* reports in one Submit */
	BATCH_MAX = 4096    /* reports in one step */
};

#endif
