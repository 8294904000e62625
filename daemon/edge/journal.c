#include "edge/journal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>
#include <sqlite3.h>

#include "edge/journal_wal.h"

/*
 * What the hashes protect. An alert's is over the alert, a step's over the
 * previous step's, the step and its alerts' hashes. Regenerating the alerts at
 * replay would do for one engine version; another version cannot regenerate
 * them, and an alert that is sent again should be checked without its step.
 *
 * 16 KB pages, measured: a commit of one report and its alert takes some 10 %
 * longer than with 4 KB (and 45 % with 64 KB), batches of 256 and 4096 as long
 * or less; a checkpoint half as long, and with it the slowest commits.
 */
#define SCHEMA_VERSION "1"
#define APPLICATION_ID "1953658211" /* "trac", truced's */
#define PAGE_SIZE "16384"

enum {
	PAGE_BYTES = 16384,
	CHECKPOINT_FRAMES = 4 * 1024 * 1024 / PAGE_BYTES, /* when busy */
	IDLE_FRAMES = CHECKPOINT_FRAMES / 4,		  /* when idle */
	CURSOR_NAME_SIZE = 64,
	CURSOR_INTERVAL_S = 1,
	BUSY_TIMEOUT_MS = 2000, /* for a stranger's connection */
	ERROR_SIZE = 1024
};

static const char ADVICE[] =
	"It was left as it is. Keep a copy of the state directory; then either "
	"bring journal.db and journal.db-wal back from a backup, or move both "
	"away to begin a new journal (its reports must be sent again)";

static const char SCHEMA[] =
	"BEGIN IMMEDIATE;"
	/* The hash stands before the body, which may fill many pages. */
	"CREATE TABLE steps (position INTEGER PRIMARY KEY,"
	" time_ms INTEGER NOT NULL, kind INTEGER NOT NULL,"
	" hash BLOB NOT NULL, body BLOB NOT NULL) STRICT;"
	/* number: the place within the step, from 0. */
	"CREATE TABLE alerts (position INTEGER NOT NULL,"
	" number INTEGER NOT NULL, stream TEXT NOT NULL, seq INTEGER NOT NULL,"
	" topic TEXT NOT NULL, hash BLOB NOT NULL, payload BLOB NOT NULL,"
	" PRIMARY KEY (position, number)) STRICT, WITHOUT ROWID;"
	"CREATE UNIQUE INDEX alerts_of_stream ON alerts (stream, seq);"
	"CREATE TABLE cursors (name TEXT PRIMARY KEY, value INTEGER NOT NULL)"
	" STRICT, WITHOUT ROWID;"
	"PRAGMA application_id = " APPLICATION_ID ";"
	"PRAGMA user_version = " SCHEMA_VERSION ";"
	"COMMIT;";

enum statement {
	BEGIN,
	COMMIT,
	ROLLBACK,
	STEP_ADD,
	STEP_HASH,
	STEPS_AFTER,
	ALERT_ADD,
	ALERTS_TO_HASH,
	ALERTS_OF,
	ALERTS_AFTER,
	STREAM_AFTER,
	CURSOR_SET,
	STATEMENTS
};

#define ALERT_COLUMNS "position, number, stream, seq, topic, hash, payload"

static const char *const STATEMENT_TEXTS[STATEMENTS] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[STEP_ADD] = "INSERT INTO steps (position, time_ms, kind, hash, body)"
		     " VALUES (?, ?, ?, ?, ?)",
	[STEP_HASH] = "SELECT hash FROM steps WHERE position = ?",
	[STEPS_AFTER] = "SELECT position, time_ms, kind, hash, body FROM steps"
			" WHERE position > ? ORDER BY position",
	[ALERT_ADD] = "INSERT INTO alerts (" ALERT_COLUMNS ")"
		      " VALUES (?, ?, ?, ?, ?, ?, ?)",
	[ALERTS_TO_HASH] = "SELECT " ALERT_COLUMNS " FROM alerts"
			   " WHERE position = ? ORDER BY number",
	[ALERTS_OF] = "SELECT " ALERT_COLUMNS " FROM alerts"
		      " WHERE position = ? ORDER BY number",
	[ALERTS_AFTER] = "SELECT " ALERT_COLUMNS " FROM alerts"
			 " WHERE stream = ? AND seq > ? ORDER BY seq",
	/* By the index alone, however long the streams are. */
	[STREAM_AFTER] = "SELECT stream, position, topic GLOB 'exercise.*',"
			 " (SELECT max(seq) FROM alerts AS later"
			 " WHERE later.stream = alerts.stream)"
			 " FROM alerts WHERE stream > ?"
			 " ORDER BY stream, seq LIMIT 1",
	[CURSOR_SET] = "INSERT INTO cursors (name, value) VALUES (?, ?)"
		       " ON CONFLICT (name) DO UPDATE SET value ="
		       " excluded.value",
};

struct cursor {
	char name[CURSOR_NAME_SIZE];
	uint64_t value;
	bool dirty; /* to be written with the next transaction */
};

struct journal {
	char *path; /* of the database */
	int lock;
	sqlite3 *database;
	sqlite3_stmt *statements[STATEMENTS];
	bool reading; /* opened to be read only */
	int failed;   /* what every call returns from now on; 0: all is well */
	uint64_t head;
	uint8_t head_hash[JOURNAL_HASH_SIZE];
	int wal_frames;	     /* that a checkpoint would have to look at */
	int checkpoint_next; /* not before there are so many */
	struct cursor *cursors;
	size_t cursors_count;
	size_t cursors_capacity;
	time_t cursors_written_s; /* monotonic */
	char error[ERROR_SIZE];
};

/* Why the last journal_open failed. */
static char open_error[ERROR_SIZE];

/* Errors */

__attribute__((format(printf, 2, 3))) static void
error_set(struct journal *journal, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(journal->error, sizeof(journal->error), format, arguments);
	va_end(arguments);
}

const char *
journal_error(const struct journal *journal)
{
	return journal ? journal->error : open_error;
}

/* The file says what cannot be. The text names the place. */
__attribute__((format(printf, 2, 3))) static int
damaged(struct journal *journal, const char *format, ...)
{
	char place[ERROR_SIZE / 4];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(place, sizeof(place), format, arguments);
	va_end(arguments);
	error_set(journal, "%s is damaged: %s. %s", journal->path, place,
		  ADVICE);
	return -EBADMSG;
}

/* The errno of the last write that failed, to the database or to its log. */
static int
write_errno(sqlite3 *database, int file_pointer)
{
	sqlite3_file *file = NULL;
	int system = 0;

	sqlite3_file_control(database, "main", file_pointer, &file);
	if (file && file->pMethods)
		file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO,
					     &system);
	return system;
}

/*
 * -ENOSPC is a promise that nothing was written. SQLite says SQLITE_FULL when
 * a write met ENOSPC, but not for a quota; and an error of any other call than
 * write (fsync, or of the shared memory after the commit) never is one.
 */
static int
sqlite_errno(sqlite3 *database, int code)
{
	switch (code & 0xff) {
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EBADMSG;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_CANTOPEN:
		return -EACCES;
	case SQLITE_CONSTRAINT:
		return -EEXIST;
	case SQLITE_TOOBIG:
		return -EMSGSIZE;
	default:
		break;
	}
	/* Transactions write to the log alone. */
	if (code == SQLITE_IOERR_WRITE &&
	    write_errno(database, SQLITE_FCNTL_JOURNAL_POINTER) == EDQUOT)
		return -ENOSPC;
	return -EIO;
}

/* Puts an error of SQLite into words; all but a full disk is for good. */
static int
sqlite_failed(struct journal *journal, int code, const char *doing)
{
	int error = sqlite_errno(journal->database, code);

	error_set(journal, "%s: %s: %s (%s, SQLite %d)%s%s", journal->path,
		  doing, sqlite3_errmsg(journal->database), strerror(-error),
		  code, error == -EBADMSG ? ". " : "",
		  error == -EBADMSG ? ADVICE : "");
	if (error != -ENOSPC)
		journal->failed = error;
	return error;
}

/* Statements */

static int
blob_bind(sqlite3_stmt *statement, int index, const uint8_t *bytes, size_t size)
{
	/* A NULL pointer would bind NULL, not nothing. */
	return sqlite3_bind_blob64(statement, index,
				   bytes ? (const void *)bytes : "", size,
				   SQLITE_STATIC);
}

static int
text_bind(sqlite3_stmt *statement, int index, const char *text)
{
	return sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

static int
number_bind(sqlite3_stmt *statement, int index, uint64_t number)
{
	assert(number <= INT64_MAX);
	return sqlite3_bind_int64(statement, index, (sqlite3_int64)number);
}

/* Runs a statement that gives no rows. `bound` is what its binds returned,
 * or-ed: all of them must be SQLITE_OK, which is 0. */
static int
statement_run(struct journal *journal, enum statement which, int bound,
	      const char *doing)
{
	sqlite3_stmt *statement = journal->statements[which];
	int code = SQLITE_NOMEM;

	if (bound == SQLITE_OK)
		code = sqlite3_step(statement);
	int result =
		code == SQLITE_DONE ? 0 : sqlite_failed(journal, code, doing);
	sqlite3_reset(statement);
	return result;
}

static int
text_run(struct journal *journal, const char *text, const char *doing)
{
	int code = sqlite3_exec(journal->database, text, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : sqlite_failed(journal, code, doing);
}

/* The single number that a query gives. */
static int
number_query(struct journal *journal, const char *text, int64_t *ret_number)
{
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(journal->database, text, -1, &statement,
				      NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	int result = 0;
	if (code == SQLITE_ROW)
		*ret_number = sqlite3_column_int64(statement, 0);
	else
		result = sqlite_failed(journal, code, "reading");
	sqlite3_finalize(statement);
	return result;
}

static int
statements_prepare(struct journal *journal)
{
	for (int i = 0; i < STATEMENTS; i++) {
		int code = sqlite3_prepare_v3(journal->database,
					      STATEMENT_TEXTS[i], -1,
					      SQLITE_PREPARE_PERSISTENT,
					      &journal->statements[i], NULL);
		if (code != SQLITE_OK)
			return sqlite_failed(journal, code, "preparing");
	}
	return 0;
}

/* Hashes */

static void
hash_number(crypto_generichash_state *state, uint64_t number)
{
	uint8_t bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(number >> (8 * i));
	crypto_generichash_update(state, bytes, sizeof(bytes));
}

static void
hash_bytes(crypto_generichash_state *state, const void *bytes, size_t size)
{
	hash_number(state, size);
	crypto_generichash_update(state, bytes, size);
}

static void
hash_begin(crypto_generichash_state *state, const char *what)
{
	crypto_generichash_init(state, NULL, 0, JOURNAL_HASH_SIZE);
	hash_bytes(state, what, strlen(what));
}

static void
alert_hash(uint64_t position, uint64_t number,
	   const struct journal_alert *alert,
	   uint8_t ret_hash[static JOURNAL_HASH_SIZE])
{
	crypto_generichash_state state;

	hash_begin(&state, "truced alert");
	hash_number(&state, position);
	hash_number(&state, number);
	hash_bytes(&state, alert->stream, strlen(alert->stream));
	hash_number(&state, alert->seq);
	hash_bytes(&state, alert->topic, strlen(alert->topic));
	hash_bytes(&state, alert->payload, alert->payload_size);
	crypto_generichash_final(&state, ret_hash, JOURNAL_HASH_SIZE);
}

/* The alerts' hashes follow, then their number. */
static void
step_hash_begin(crypto_generichash_state *state,
		const uint8_t previous[static JOURNAL_HASH_SIZE],
		const struct journal_step *step)
{
	hash_begin(state, "truced step");
	crypto_generichash_update(state, previous, JOURNAL_HASH_SIZE);
	hash_number(state, step->position);
	hash_number(state, (uint64_t)step->time_ms);
	hash_number(state, (uint64_t)(int64_t)step->kind);
	hash_bytes(state, step->body, step->body_size);
}

static void
step_hash_end(crypto_generichash_state *state, uint64_t alerts_count,
	      uint8_t ret_hash[static JOURNAL_HASH_SIZE])
{
	hash_number(state, alerts_count);
	crypto_generichash_final(state, ret_hash, JOURNAL_HASH_SIZE);
}

/* Opening */

static int
lock_held(struct journal *journal, const char *path)
{
	char holder[24] = "";
	ssize_t got = pread(journal->lock, holder, sizeof(holder) - 1, 0);

	holder[got > 0 ? strspn(holder, "0123456789") : 0] = '\0';
	error_set(journal,
		  "%s: the state directory is in use by another "
		  "process, pid %s",
		  path, holder[0] ? holder : "unknown");
	return -EBUSY;
}

static int
file_failed(struct journal *journal, const char *path, int error)
{
	error_set(journal, "%s: %s", path, strerror(-error));
	return error;
}

/* The lock goes with the open file, so the kernel drops it when we die. A
 * forked child holds it too, until it ends or closes the file. */
static int
lock_take(struct journal *journal, const char *path)
{
	journal->lock =
		open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (journal->lock < 0)
		return file_failed(journal, path, -errno);
	if (flock(journal->lock, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK
			       ? lock_held(journal, path)
			       : file_failed(journal, path, -errno);
	/* Only for that text: a full disk may refuse it. */
	if (ftruncate(journal->lock, 0) == 0)
		(void)!dprintf(journal->lock, "%ld\n", (long)getpid());
	return 0;
}

/* Of a directory that may be another user's: beside other readers, and nothing
 * is made there. One without a lock was never in use. */
static int
lock_share(struct journal *journal, const char *path)
{
	journal->lock = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (journal->lock < 0)
		return errno == ENOENT ? 0 : file_failed(journal, path, -errno);
	if (flock(journal->lock, LOCK_SH | LOCK_NB) < 0)
		return errno == EWOULDBLOCK
			       ? lock_held(journal, path)
			       : file_failed(journal, path, -errno);
	return 0;
}

/* Before SQLite sees the files: it drops without a word what is damaged. */
static int
files_check(struct journal *journal, const char *wal_path)
{
	struct journal_wal wal;
	struct stat status;

	int error = journal_wal_check(wal_path, &wal);
	if (error == -EBADMSG && wal.beyond == 0)
		return damaged(journal,
			       "the header of its write-ahead log is not "
			       "valid, but %llu bytes stand in it",
			       (unsigned long long)wal.size);
	if (error == -EBADMSG)
		return damaged(journal,
			       "frame %llu of its write-ahead log is not valid "
			       "and would hide later ones that were durable "
			       "(frame %llu is)",
			       (unsigned long long)wal.broken,
			       (unsigned long long)wal.beyond);
	if (error)
		return file_failed(journal, wal_path, error);
	/* SQLite would delete the log. */
	if (wal.size > 0 &&
	    (stat(journal->path, &status) < 0 || status.st_size == 0))
		return damaged(journal, "the file is missing or empty, but its "
					"write-ahead log is there");
	return 0;
}

static int
wal_grown(void *context, sqlite3 *database, const char *name, int frames)
{
	struct journal *journal = context;

	(void)database;
	(void)name;
	journal->wal_frames = frames;
	return SQLITE_OK;
}

static int
schema_check(struct journal *journal)
{
	int64_t pages, application, version;

	int error = number_query(journal, "PRAGMA page_count", &pages);
	if (!error && pages == 0 && !journal->reading)
		error = text_run(journal, SCHEMA, "creating");
	if (!error)
		error = number_query(journal, "PRAGMA application_id",
				     &application);
	if (!error)
		error = number_query(journal, "PRAGMA user_version", &version);
	if (error)
		return error;
	if (application != atoll(APPLICATION_ID))
		return damaged(journal, "it is not a journal of truced");
	if (version != atoll(SCHEMA_VERSION)) {
		error_set(journal,
			  "%s has format %lld, this program knows format %s",
			  journal->path, (long long)version, SCHEMA_VERSION);
		return -EPROTONOSUPPORT;
	}
	return 0;
}

/*
 * "file:..." with what a URI gives a meaning escaped. A database whose log is
 * empty is read as it lies there: SQLite would make files beside it, and need
 * leave for that, to guard against a writer. The lock keeps that one out.
 */
static char *
reading_uri(const char *path, bool with_log)
{
	char *uri = malloc(3 * strlen(path) + sizeof("file:?immutable=1"));
	char *to = uri;

	if (!uri)
		return NULL;
	to = stpcpy(to, "file:");
	for (; *path != '\0'; path++)
		if (strchr("?#%", *path))
			to += sprintf(to, "%%%02x", (unsigned)*path);
		else
			*to++ = *path;
	strcpy(to, with_log ? "" : "?immutable=1");
	return uri;
}

static int
database_open_reading(struct journal *journal)
{
	uint64_t database, log;

	journal_sizes(journal, &database, &log);
	char *uri = reading_uri(journal->path, log > 0);
	if (!uri)
		return -ENOMEM;
	int code = sqlite3_open_v2(uri, &journal->database,
				   SQLITE_OPEN_READONLY | SQLITE_OPEN_URI |
					   SQLITE_OPEN_NOMUTEX |
					   SQLITE_OPEN_EXRESCODE,
				   NULL);
	free(uri);
	if (!journal->database)
		return -ENOMEM;
	if (code != SQLITE_OK)
		return sqlite_failed(journal, code, "opening");
	int error = text_run(journal,
			     "PRAGMA trusted_schema = OFF;"
			     "PRAGMA cell_size_check = ON;"
			     "PRAGMA mmap_size = 0;",
			     "opening");
	if (!error)
		error = schema_check(journal);
	return error ? error : statements_prepare(journal);
}

static int
database_open(struct journal *journal)
{
	int code = sqlite3_open_v2(journal->path, &journal->database,
				   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
					   SQLITE_OPEN_NOMUTEX |
					   SQLITE_OPEN_EXRESCODE,
				   NULL);
	if (!journal->database)
		return -ENOMEM;
	if (code != SQLITE_OK)
		return sqlite_failed(journal, code, "opening");
	sqlite3_busy_timeout(journal->database, BUSY_TIMEOUT_MS);
	sqlite3_db_config(journal->database, SQLITE_DBCONFIG_DEFENSIVE, 1,
			  NULL);
	int error = text_run(journal,
			     "PRAGMA page_size = " PAGE_SIZE ";"
			     "PRAGMA trusted_schema = OFF;"
			     "PRAGMA cell_size_check = ON;"
			     "PRAGMA mmap_size = 0;"
			     "PRAGMA cache_spill = OFF;"
			     "PRAGMA secure_delete = OFF;"
			     "PRAGMA synchronous = FULL;",
			     "opening");
	if (!error)
		error = schema_check(journal);
	if (!error)
		error = text_run(journal,
				 "PRAGMA journal_mode = WAL;"
				 "PRAGMA wal_autocheckpoint = 0;"
				 "PRAGMA journal_size_limit = 67108864;",
				 "opening");
	if (!error)
		error = statements_prepare(journal);
	sqlite3_wal_hook(journal->database, wal_grown, journal);
	return error;
}

/* Reading */

/* As SQLite gives it, but never NULL: nothing is a place with no bytes. */
static const uint8_t *
blob_read(sqlite3_stmt *statement, int column, size_t *ret_size)
{
	const void *bytes = sqlite3_column_blob(statement, column);

	*ret_size = (size_t)sqlite3_column_bytes(statement, column);
	return bytes ? bytes : (const uint8_t *)"";
}

struct alert_row {
	uint64_t position;
	uint64_t number;
	struct journal_alert alert;
	const uint8_t *hash;
	size_t hash_size;
};

/* Columns in the order of ALERT_COLUMNS; they last until the next step of the
 * statement. */
static void
alert_row_read(sqlite3_stmt *statement, struct alert_row *ret_row)
{
	const unsigned char *stream = sqlite3_column_text(statement, 2);
	const unsigned char *topic = sqlite3_column_text(statement, 4);

	ret_row->position = (uint64_t)sqlite3_column_int64(statement, 0);
	ret_row->number = (uint64_t)sqlite3_column_int64(statement, 1);
	ret_row->alert.stream = stream ? (const char *)stream : "";
	ret_row->alert.seq = (uint64_t)sqlite3_column_int64(statement, 3);
	ret_row->alert.topic = topic ? (const char *)topic : "";
	ret_row->hash = blob_read(statement, 5, &ret_row->hash_size);
	ret_row->alert.payload =
		blob_read(statement, 6, &ret_row->alert.payload_size);
}

static int
alert_row_check(struct journal *journal, const struct alert_row *row)
{
	uint8_t hash[JOURNAL_HASH_SIZE];

	alert_hash(row->position, row->number, &row->alert, hash);
	if (row->hash_size == sizeof(hash) &&
	    memcmp(row->hash, hash, sizeof(hash)) == 0)
		return 0;
	return damaged(journal, "alert %llu of step %llu has another hash",
		       (unsigned long long)row->alert.seq,
		       (unsigned long long)row->position);
}

/* Whether a hash column holds this hash. */
static bool
column_is(sqlite3_stmt *statement, int column,
	  const uint8_t hash[static JOURNAL_HASH_SIZE])
{
	const void *stored = sqlite3_column_blob(statement, column);

	return sqlite3_column_bytes(statement, column) == JOURNAL_HASH_SIZE &&
	       stored && memcmp(stored, hash, JOURNAL_HASH_SIZE) == 0;
}

/* The hash that a step read from the file ought to have; its alerts are read
 * and checked for it. */
static int
step_hash_compute(struct journal *journal, const struct journal_step *step,
		  const uint8_t previous[static JOURNAL_HASH_SIZE],
		  uint8_t ret_hash[static JOURNAL_HASH_SIZE])
{
	sqlite3_stmt *statement = journal->statements[ALERTS_TO_HASH];
	crypto_generichash_state state;
	struct alert_row row;
	uint64_t count = 0;
	int error = 0;
	int code;

	step_hash_begin(&state, previous, step);
	number_bind(statement, 1, step->position);
	while ((code = sqlite3_step(statement)) == SQLITE_ROW && !error) {
		alert_row_read(statement, &row);
		error = alert_row_check(journal, &row);
		crypto_generichash_update(&state, row.hash, row.hash_size);
		count++;
	}
	if (!error && code != SQLITE_DONE)
		error = sqlite_failed(journal, code, "reading alerts");
	sqlite3_reset(statement);
	if (!error)
		step_hash_end(&state, count, ret_hash);
	return error;
}

/* The stored hash of a step; zeros before the first. */
static int
stored_hash(struct journal *journal, uint64_t position,
	    uint8_t ret_hash[static JOURNAL_HASH_SIZE])
{
	sqlite3_stmt *statement = journal->statements[STEP_HASH];
	int error = 0;

	memset(ret_hash, 0, JOURNAL_HASH_SIZE);
	if (position == 0)
		return 0;
	number_bind(statement, 1, position);
	int code = sqlite3_step(statement);
	if (code == SQLITE_ROW &&
	    sqlite3_column_bytes(statement, 0) == JOURNAL_HASH_SIZE)
		memcpy(ret_hash, sqlite3_column_blob(statement, 0),
		       JOURNAL_HASH_SIZE);
	else if (code == SQLITE_ROW || code == SQLITE_DONE)
		error = damaged(journal, "step %llu is missing",
				(unsigned long long)position);
	else
		error = sqlite_failed(journal, code, "reading steps");
	sqlite3_reset(statement);
	return error;
}

static void
step_read(sqlite3_stmt *statement, struct journal_step *ret_step)
{
	ret_step->position = (uint64_t)sqlite3_column_int64(statement, 0);
	ret_step->time_ms = sqlite3_column_int64(statement, 1);
	ret_step->kind = (int)sqlite3_column_int64(statement, 2);
	ret_step->body = blob_read(statement, 4, &ret_step->body_size);
}

/* Steps after `after`, which has this hash; on 0 or what visit returned,
 * *hash is the last visited one's. visit may be NULL. */
static int
steps_walk(struct journal *journal, uint64_t after,
	   uint8_t hash[static JOURNAL_HASH_SIZE], journal_visit_step visit,
	   void *context, uint64_t *ret_last)
{
	sqlite3_stmt *statement = journal->statements[STEPS_AFTER];
	uint64_t last = after;
	int result = 0;
	int code = SQLITE_ROW;

	assert(!sqlite3_stmt_busy(statement));
	number_bind(statement, 1, after);
	while (!result && (code = sqlite3_step(statement)) == SQLITE_ROW) {
		struct journal_step step;
		step_read(statement, &step);
		if (step.position != last + 1) {
			result = damaged(journal, "step %llu is missing",
					 (unsigned long long)last + 1);
			break;
		}
		result = step_hash_compute(journal, &step, hash, hash);
		if (!result && !column_is(statement, 3, hash))
			result = damaged(journal,
					 "step %llu does not follow from the "
					 "one before it",
					 (unsigned long long)step.position);
		if (!result) {
			last = step.position;
			result = visit ? visit(context, &step) : 0;
		}
	}
	if (!result && code != SQLITE_DONE)
		result = sqlite_failed(journal, code, "reading steps");
	sqlite3_reset(statement);
	*ret_last = last;
	return result;
}

/* Reads and checks the last step, and that nothing stands behind it. */
static int
head_read(struct journal *journal)
{
	int64_t last, alerts_last;
	uint8_t hash[JOURNAL_HASH_SIZE];
	uint64_t walked;

	int error = number_query(journal,
				 "SELECT coalesce(max(position), 0) FROM steps",
				 &last);
	if (!error)
		error = number_query(
			journal,
			"SELECT coalesce(max(position), 0) FROM alerts",
			&alerts_last);
	if (error)
		return error;
	if (last < 0 || alerts_last > last)
		return damaged(journal,
			       "alerts of step %lld stand after the "
			       "last step, %lld",
			       (long long)alerts_last, (long long)last);
	uint64_t before = last > 0 ? (uint64_t)last - 1 : 0;
	error = stored_hash(journal, before, hash);
	if (!error)
		error = steps_walk(journal, before, hash, NULL, NULL, &walked);
	if (error)
		return error;
	journal->head = walked;
	memcpy(journal->head_hash, hash, sizeof(hash));
	return 0;
}

/* NULL: no memory for it. */
static struct cursor *
cursor_add(struct journal *journal, const char *name)
{
	if (journal->cursors_count == journal->cursors_capacity) {
		size_t capacity = 2 * journal->cursors_capacity + 8;
		struct cursor *cursors =
			reallocarray(journal->cursors, capacity,
				     sizeof(*cursors));
		if (!cursors)
			return NULL;
		journal->cursors = cursors;
		journal->cursors_capacity = capacity;
	}
	struct cursor *cursor = &journal->cursors[journal->cursors_count++];
	*cursor = (struct cursor){.value = 0};
	snprintf(cursor->name, sizeof(cursor->name), "%s", name);
	return cursor;
}

static int
cursors_read(struct journal *journal)
{
	int error = 0;
	sqlite3_stmt *statement;
	int code = sqlite3_prepare_v2(journal->database,
				      "SELECT name, value FROM cursors", -1,
				      &statement, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(statement);
	while (!error && code == SQLITE_ROW) {
		const unsigned char *name = sqlite3_column_text(statement, 0);
		struct cursor *cursor =
			cursor_add(journal, name ? (const char *)name : "");
		if (cursor)
			cursor->value =
				(uint64_t)sqlite3_column_int64(statement, 1);
		else
			error = -ENOMEM;
		code = sqlite3_step(statement);
	}
	if (!error && code != SQLITE_DONE)
		error = sqlite_failed(journal, code, "reading cursors");
	sqlite3_finalize(statement);
	return error;
}

/* Housekeeping */

/*
 * Copies the log into the database. A full disk, or someone who still reads an
 * old state, only puts it off: the steps are safe in the log.
 */
static void
checkpoint(struct journal *journal, int mode)
{
	int frames = 0, copied = 0;
	int code = sqlite3_wal_checkpoint_v2(journal->database, NULL, mode,
					     &frames, &copied);

	if (code == SQLITE_OK && copied == frames) {
		journal->wal_frames = 0;
		journal->checkpoint_next = 0;
		return;
	}
	journal->checkpoint_next = journal->wal_frames + IDLE_FRAMES;
	if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY)
		return;
	if (code == SQLITE_IOERR_WRITE &&
	    write_errno(journal->database, SQLITE_FCNTL_FILE_POINTER) == EDQUOT)
		return;
	sqlite_failed(journal, code, "checkpoint");
}

static void
checkpoint_if_due(struct journal *journal, int frames)
{
	if (journal->wal_frames >= frames &&
	    journal->wal_frames >= journal->checkpoint_next)
		checkpoint(journal, SQLITE_CHECKPOINT_PASSIVE);
}

/*
 * What an earlier process left in the log is written anew into the database
 * and synced there. Its last transaction may be one whose fsync failed: it can
 * be read from the page cache and yet not be on the disk.
 */
static void
log_settle(struct journal *journal)
{
	checkpoint(journal, SQLITE_CHECKPOINT_TRUNCATE);
}

/* SQLite syncs the directory when it made a file, but does not look whether
 * that worked; without its name the log would be gone after a power cut. */
static int
directory_sync(struct journal *journal, const char *directory)
{
	int file = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error = file < 0 || fsync(file) < 0 ? -errno : 0;

	if (file >= 0)
		close(file);
	return error ? file_failed(journal, directory, error) : 0;
}

static int
journal_begin_reading(struct journal *journal, const char *directory,
		      const char *lock_path, const char *wal_path)
{
	int error = access(journal->path, R_OK) < 0 ? -errno : 0;

	(void)directory;
	journal->reading = true;
	if (error)
		return file_failed(journal, journal->path, error);
	error = lock_share(journal, lock_path);
	if (!error)
		error = files_check(journal, wal_path);
	if (!error)
		error = database_open_reading(journal);
	return error ? error : head_read(journal);
}

static int
journal_begin(struct journal *journal, const char *directory,
	      const char *lock_path, const char *wal_path)
{
	int error = lock_take(journal, lock_path);

	if (!error)
		error = files_check(journal, wal_path);
	if (!error)
		error = database_open(journal);
	if (!error)
		error = head_read(journal);
	if (!error)
		error = cursors_read(journal);
	if (!error) {
		log_settle(journal);
		error = journal->failed;
	}
	if (!error)
		error = directory_sync(journal, directory);
	return error;
}

typedef int journal_beginning(struct journal *journal, const char *directory,
			      const char *lock_path, const char *wal_path);

static int
journal_new(struct journal **ret_journal, const char *directory,
	    journal_beginning *begin)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	char *lock_path = NULL, *wal_path = NULL;
	int error = -ENOMEM;

	snprintf(open_error, sizeof(open_error), "out of memory");
	if (!journal)
		return error;
	journal->lock = -1;
	if (sodium_init() >= 0 &&
	    asprintf(&journal->path, "%s/journal.db", directory) >= 0 &&
	    asprintf(&wal_path, "%s-wal", journal->path) >= 0 &&
	    asprintf(&lock_path, "%s/lock", directory) >= 0) {
		error = begin(journal, directory, lock_path, wal_path);
		memcpy(open_error, journal->error, sizeof(open_error));
	}
	free(lock_path);
	free(wal_path);
	journal->failed = error;
	if (error)
		journal_close(journal);
	else
		*ret_journal = journal;
	return error;
}

int
journal_open(struct journal **ret_journal, const char *directory)
{
	return journal_new(ret_journal, directory, journal_begin);
}

int
journal_open_reading(struct journal **ret_journal, const char *directory)
{
	return journal_new(ret_journal, directory, journal_begin_reading);
}

/* Writes */

static int
cursors_write(struct journal *journal)
{
	sqlite3_stmt *statement = journal->statements[CURSOR_SET];

	for (size_t i = 0; i < journal->cursors_count; i++) {
		struct cursor *cursor = &journal->cursors[i];
		if (!cursor->dirty)
			continue;
		int bound = text_bind(statement, 1, cursor->name) |
			    number_bind(statement, 2, cursor->value);
		int error = statement_run(journal, CURSOR_SET, bound,
					  "writing a cursor");
		if (error)
			return error;
	}
	return 0;
}

static void
cursors_written(struct journal *journal, time_t now_s)
{
	for (size_t i = 0; i < journal->cursors_count; i++)
		journal->cursors[i].dirty = false;
	journal->cursors_written_s = now_s;
}

static int
step_write(struct journal *journal, const struct journal_step *step,
	   const uint8_t hash[static JOURNAL_HASH_SIZE])
{
	sqlite3_stmt *statement = journal->statements[STEP_ADD];
	int bound = number_bind(statement, 1, step->position) |
		    sqlite3_bind_int64(statement, 2, step->time_ms) |
		    sqlite3_bind_int64(statement, 3, step->kind) |
		    blob_bind(statement, 4, hash, JOURNAL_HASH_SIZE) |
		    blob_bind(statement, 5, step->body, step->body_size);

	return statement_run(journal, STEP_ADD, bound, "writing a step");
}

static int
alert_write(struct journal *journal, uint64_t position, uint64_t number,
	    const struct journal_alert *alert,
	    const uint8_t hash[static JOURNAL_HASH_SIZE])
{
	sqlite3_stmt *statement = journal->statements[ALERT_ADD];
	int bound =
		number_bind(statement, 1, position) |
		number_bind(statement, 2, number) |
		text_bind(statement, 3, alert->stream) |
		number_bind(statement, 4, alert->seq) |
		text_bind(statement, 5, alert->topic) |
		blob_bind(statement, 6, hash, JOURNAL_HASH_SIZE) |
		blob_bind(statement, 7, alert->payload, alert->payload_size);

	return statement_run(journal, ALERT_ADD, bound, "writing an alert");
}

static int
step_and_alerts_write(struct journal *journal, const struct journal_step *step,
		      const struct journal_alert *alerts, size_t alerts_count,
		      uint8_t ret_hash[static JOURNAL_HASH_SIZE])
{
	crypto_generichash_state state;
	uint8_t hash[JOURNAL_HASH_SIZE];

	step_hash_begin(&state, journal->head_hash, step);
	for (size_t i = 0; i < alerts_count; i++) {
		alert_hash(step->position, i, &alerts[i], hash);
		crypto_generichash_update(&state, hash, sizeof(hash));
		int error = alert_write(journal, step->position, i, &alerts[i],
					hash);
		if (error)
			return error;
	}
	step_hash_end(&state, alerts_count, ret_hash);
	return step_write(journal, step, ret_hash);
}

/* After a failed statement: leaves no transaction open. SQLite may have rolled
 * it back already. */
static int
transaction_undo(struct journal *journal, int error)
{
	if (!sqlite3_get_autocommit(journal->database)) {
		int undo = statement_run(journal, ROLLBACK, SQLITE_OK,
					 "rolling back");
		if (undo == -ENOSPC) /* then nothing is known any more */
			journal->failed = -EIO;
	}
	return journal->failed ? journal->failed : error;
}

int
journal_commit(struct journal *journal, const struct journal_step *step,
	       const struct journal_alert *alerts, size_t alerts_count)
{
	uint8_t hash[JOURNAL_HASH_SIZE];

	/* Before, not after: a failure here says nothing about this step. */
	if (!journal->failed)
		checkpoint_if_due(journal, CHECKPOINT_FRAMES);
	if (journal->failed)
		return journal->failed;
	assert(step->position == journal->head + 1);
	int error = statement_run(journal, BEGIN, SQLITE_OK, "beginning");
	if (!error)
		error = step_and_alerts_write(journal, step, alerts,
					      alerts_count, hash);
	if (!error)
		error = cursors_write(journal);
	if (!error)
		error = statement_run(journal, COMMIT, SQLITE_OK, "committing");
	if (error)
		return transaction_undo(journal, error);
	cursors_written(journal, journal->cursors_written_s);
	journal->head = step->position;
	memcpy(journal->head_hash, hash, sizeof(hash));
	return 0;
}

uint64_t
journal_head(const struct journal *journal,
	     uint8_t ret_hash[static JOURNAL_HASH_SIZE])
{
	memcpy(ret_hash, journal->head_hash, JOURNAL_HASH_SIZE);
	return journal->head;
}

/* Visits */

int
journal_hash(struct journal *journal, uint64_t position,
	     uint8_t ret_hash[static JOURNAL_HASH_SIZE])
{
	assert(position > 0 && position <= journal->head);
	return journal->failed ? journal->failed
			       : stored_hash(journal, position, ret_hash);
}

int
journal_steps(struct journal *journal, uint64_t after, journal_visit_step visit,
	      void *context)
{
	uint8_t hash[JOURNAL_HASH_SIZE];
	uint64_t last;

	if (journal->failed)
		return journal->failed;
	if (after >= journal->head)
		return 0;
	int result = stored_hash(journal, after, hash);
	if (result)
		return result;
	result = steps_walk(journal, after, hash, visit, context, &last);
	if (result == 0 && last != journal->head)
		return damaged(journal, "step %llu is missing",
			       (unsigned long long)last + 1);
	return result;
}

int
journal_alerts_of(struct journal *journal, uint64_t position,
		  journal_visit_alert visit, void *context)
{
	sqlite3_stmt *statement = journal->statements[ALERTS_OF];
	struct alert_row row;
	int result = 0;
	int code = SQLITE_ROW;

	if (journal->failed)
		return journal->failed;
	assert(!sqlite3_stmt_busy(statement));
	number_bind(statement, 1, position);
	while (!result && (code = sqlite3_step(statement)) == SQLITE_ROW) {
		alert_row_read(statement, &row);
		result = alert_row_check(journal, &row);
		if (!result)
			result = visit(context, row.position, &row.alert);
	}
	if (!result && code != SQLITE_DONE)
		result = sqlite_failed(journal, code, "reading alerts");
	sqlite3_reset(statement);
	return result;
}

int
journal_alerts_after(struct journal *journal, const char *stream,
		     uint64_t after_seq, const char *prefix, size_t limit,
		     journal_visit_alert visit, void *context)
{
	sqlite3_stmt *statement = journal->statements[ALERTS_AFTER];
	size_t prefix_size = strlen(prefix);
	uint64_t last = after_seq;
	struct alert_row row;
	size_t visited = 0;
	int result = 0;

	if (journal->failed)
		return journal->failed;
	if (after_seq >= INT64_MAX)
		return 0;
	assert(!sqlite3_stmt_busy(statement));
	text_bind(statement, 1, stream);
	number_bind(statement, 2, after_seq);
	while (!result && visited < limit) {
		int code = sqlite3_step(statement);
		if (code == SQLITE_DONE)
			break;
		if (code != SQLITE_ROW) {
			result = sqlite_failed(journal, code, "reading alerts");
			break;
		}
		alert_row_read(statement, &row);
		/* "Nothing missed" must not be said of a row that is lost. */
		if (row.alert.seq != ++last) {
			result = damaged(journal, "alert %llu is missing",
					 (unsigned long long)last);
			break;
		}
		if (strncmp(row.alert.topic, prefix, prefix_size) != 0)
			continue;
		result = alert_row_check(journal, &row);
		if (!result)
			result = visit(context, row.position, &row.alert);
		visited++;
	}
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return result;
}

int
journal_stream_after(struct journal *journal, const char *name,
		     struct journal_stream *ret_stream)
{
	sqlite3_stmt *statement = journal->statements[STREAM_AFTER];
	int result = 0;

	if (journal->failed)
		return journal->failed;
	text_bind(statement, 1, name);
	int code = sqlite3_step(statement);
	if (code == SQLITE_ROW) {
		const unsigned char *found = sqlite3_column_text(statement, 0);
		snprintf(ret_stream->name, sizeof(ret_stream->name), "%s",
			 found ? (const char *)found : "");
		ret_stream->position =
			(uint64_t)sqlite3_column_int64(statement, 1);
		ret_stream->drill = sqlite3_column_int(statement, 2);
		ret_stream->last_seq =
			(uint64_t)sqlite3_column_int64(statement, 3);
	} else {
		result = code == SQLITE_DONE ? -ENOENT
					     : sqlite_failed(journal, code,
							     "reading streams");
	}
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return result;
}

/* Cursors wait for the next transaction: they need none of their own. */

static struct cursor *
cursor_find(struct journal *journal, const char *name)
{
	for (size_t i = 0; i < journal->cursors_count; i++)
		if (strcmp(journal->cursors[i].name, name) == 0)
			return &journal->cursors[i];
	return NULL;
}

int
journal_cursor_get(struct journal *journal, const char *name,
		   uint64_t *ret_value)
{
	if (journal->failed)
		return journal->failed;
	const struct cursor *cursor = cursor_find(journal, name);
	if (!cursor)
		return -ENOENT;
	*ret_value = cursor->value;
	return 0;
}

int
journal_cursor_set(struct journal *journal, const char *name, uint64_t value)
{
	if (journal->failed)
		return journal->failed;
	struct cursor *cursor = cursor_find(journal, name);
	if (!cursor) {
		if (strlen(name) >= CURSOR_NAME_SIZE)
			return -ENAMETOOLONG;
		cursor = cursor_add(journal, name);
		if (!cursor)
			return -ENOMEM;
	}
	cursor->value = value;
	cursor->dirty = true;
	return 0;
}

static bool
cursors_dirty(const struct journal *journal)
{
	for (size_t i = 0; i < journal->cursors_count; i++)
		if (journal->cursors[i].dirty)
			return true;
	return false;
}

static void
cursors_flush(struct journal *journal, time_t now_s)
{
	int error = statement_run(journal, BEGIN, SQLITE_OK, "beginning");

	if (!error)
		error = cursors_write(journal);
	if (!error)
		error = statement_run(journal, COMMIT, SQLITE_OK, "committing");
	if (error) /* a full disk: they stay dirty, the next time will do */
		transaction_undo(journal, error);
	else
		cursors_written(journal, now_s);
}

int
journal_idle(struct journal *journal)
{
	struct timespec now;

	if (!journal->failed)
		checkpoint_if_due(journal, IDLE_FRAMES);
	if (journal->failed || !cursors_dirty(journal))
		return journal->failed;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec - journal->cursors_written_s >= CURSOR_INTERVAL_S)
		cursors_flush(journal, now.tv_sec);
	return journal->failed;
}

void
journal_sizes(const struct journal *journal, uint64_t *ret_database,
	      uint64_t *ret_wal)
{
	struct stat status;
	char path[PATH_MAX];

	*ret_database = stat(journal->path, &status) == 0
				? (uint64_t)status.st_size
				: 0;
	snprintf(path, sizeof(path), "%s-wal", journal->path);
	*ret_wal = stat(path, &status) == 0 ? (uint64_t)status.st_size : 0;
}

void
journal_close(struct journal *journal)
{
	if (!journal)
		return;
	if (!journal->failed && cursors_dirty(journal))
		cursors_flush(journal, 0);
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(journal->statements[i]);
	/* What failed is left as it is: SQLite would copy the log. */
	if (journal->database && journal->failed)
		sqlite3_db_config(journal->database,
				  SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_close(journal->database);
	if (journal->lock >= 0)
		close(journal->lock);
	free(journal->cursors);
	free(journal->path);
	free(journal);
}
