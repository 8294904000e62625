/* The spelling of every enumeration, in one place. */

#include <stddef.h>
#include <string.h>

#include "core/alert.h"
#include "core/engine.h"
#include "core/incident.h"
#include "core/rule.h"
#include "core/verdict.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const char *
lookup(const char *const *names, size_t count, size_t value)
{
	return value < count && names[value] ? names[value] : "";
}

const char *
kind_name(enum kind value)
{
	static const char *const names[] = {
		[KIND_AIR_STRIKE] = "air_strike",
		[KIND_DRONE_STRIKE] = "drone_strike",
		[KIND_MISSILE_STRIKE] = "missile_strike",
		[KIND_ROCKET_FIRE] = "rocket_fire",
		[KIND_SHELLING] = "shelling",
		[KIND_SMALL_ARMS_FIRE] = "small_arms_fire",
		[KIND_EXPLOSION] = "explosion",
		[KIND_MINE_OR_IED_BLAST] = "mine_or_ied_blast",
		[KIND_CLASH] = "clash",
		[KIND_INCURSION] = "incursion",
		[KIND_OVERFLIGHT] = "overflight",
		[KIND_MARITIME] = "maritime",
		[KIND_FORCE_MOVEMENT] = "force_movement",
		[KIND_WEAPONS_PRESENCE] = "weapons_presence",
		[KIND_FORTIFICATION] = "fortification",
		[KIND_MINES_OR_UXO] = "mines_or_uxo",
		[KIND_DEMOLITION] = "demolition",
		[KIND_ABDUCTION] = "abduction",
		[KIND_DETENTION] = "detention",
		[KIND_LOOTING] = "looting",
		[KIND_SEXUAL_VIOLENCE] = "sexual_violence",
		[KIND_CHILD_RECRUITMENT] = "child_recruitment",
		[KIND_MONITOR_ACCESS_DENIED] = "monitor_access_denied",
		[KIND_ATTACK_ON_MONITORS] = "attack_on_monitors",
		[KIND_AID_OBSTRUCTION] = "aid_obstruction",
		[KIND_JAMMING] = "jamming",
		[KIND_HOSTILE_PROPAGANDA] = "hostile_propaganda",
		[KIND_LIVE_FIRE_EXERCISE] = "live_fire_exercise",
		[KIND_OTHER] = "other",
	};

	return lookup(names, LENGTH(names), (size_t)value);
}

const char *
assessment_name(enum assessment value)
{
	static const char *const names[] = {
		[ASSESSMENT_ALLEGED] = "alleged",
		[ASSESSMENT_UNDER_INVESTIGATION] = "under_investigation",
		[ASSESSMENT_INCONCLUSIVE] = "inconclusive",
		[ASSESSMENT_CORROBORATED] = "corroborated",
		[ASSESSMENT_VERIFIED] = "verified",
		[ASSESSMENT_UNSUBSTANTIATED] = "unsubstantiated",
		[ASSESSMENT_NOT_A_VIOLATION] = "not_a_violation",
		[ASSESSMENT_WITHDRAWN] = "withdrawn",
	};

	return lookup(names, LENGTH(names), (size_t)value);
}

const char *
attribution_name(enum attribution value)
{
	static const char *const names[] = {
		[ATTRIBUTION_ALLEGED_PARTY] = "alleged_party",
		[ATTRIBUTION_ASSESSED_PARTY] = "assessed_party",
		[ATTRIBUTION_ATTRIBUTED] = "attributed",
		[ATTRIBUTION_ADMITTED] = "admitted",
		[ATTRIBUTION_NOT_ATTRIBUTABLE] = "not_attributable",
	};

	return lookup(names, LENGTH(names), (size_t)value);
}

const char *
target_name(enum target value)
{
	static const char *const names[] = {
		[TARGET_MILITARY] = "military",
		[TARGET_CIVILIAN] = "civilian",
		[TARGET_MEDICAL] = "medical",
		[TARGET_EDUCATION] = "education",
		[TARGET_INFRASTRUCTURE] = "infrastructure",
		[TARGET_AID] = "aid",
		[TARGET_MONITORS] = "monitors",
		[TARGET_RELIGIOUS] = "religious",
	};

	return lookup(names, LENGTH(names), (size_t)value);
}

const char *
verdict_name(enum verdict value)
{
	static const char *const names[] = {
		[VERDICT_ACCEPTED] = "accepted",
		[VERDICT_DUPLICATE] = "duplicate",
		[VERDICT_STALE] = "stale",
		[VERDICT_REJECTED] = "rejected",
		[VERDICT_BUSY] = "busy",
	};

	return lookup(names, LENGTH(names), (size_t)value);
}

const char *
reason_name(enum reason value)
{
	static const char *const names[] = {
		[REASON_MALFORMED] = "malformed",
		[REASON_OVERSIZE] = "oversize",
		[REASON_BAD_TOPIC] = "bad_topic",
		[REASON_MISSING_ID] = "missing_id",
		[REASON_MISSING_SOURCE] = "missing_source",
		[REASON_MISSING_TIME] = "missing_time",
		[REASON_UNKNOWN_AGREEMENT] = "unknown_agreement",
		[REASON_UNKNOWN_PARTY] = "unknown_party",
		[REASON_BAD_NAME] = "bad_name",
		[REASON_BAD_ID] = "bad_id",
		[REASON_BAD_UTF8] = "bad_utf8",
		[REASON_BAD_COUNT] = "bad_count",
		[REASON_BAD_TIME] = "bad_time",
		[REASON_BAD_COORDINATES] = "bad_coordinates",
		[REASON_BAD_ENUM] = "bad_enum",
		[REASON_FROM_THE_FUTURE] = "from_the_future",
		[REASON_CONFLICT] = "conflict",
		[REASON_EVENT_FULL] = "event_full",
		[REASON_NAMES_FULL] = "names_full",
		[REASON_LEDGER_FULL] = "ledger_full",
		[REASON_NO_STANDING] = "no_standing",
	};

	return lookup(names, LENGTH(names), (size_t)value);
}

const char *
rule_kind_name(enum rule_kind value)
{
	static const char *const names[] = {
		[RULE_THRESHOLD] = "threshold",
		[RULE_SPIKE] = "spike",
		[RULE_TALLY] = "tally",
		[RULE_DISCREPANCY] = "discrepancy",
		[RULE_ABSENCE] = "absence",
		[RULE_DEADLINE] = "deadline",
		[RULE_FEED_GAP] = "feed_gap",
	};

	return lookup(names, LENGTH(names), (size_t)value);
}

const char *
spike_method_name(enum spike_method value)
{
	static const char *const names[] = {
		[SPIKE_EARS_C1] = "ears-c1",
		[SPIKE_EARS_C2] = "ears-c2",
		[SPIKE_EARS_C3] = "ears-c3",
		[SPIKE_POISSON_CUSUM] = "poisson-cusum",
		[SPIKE_RATIO] = "ratio",
	};

	return lookup(names, LENGTH(names), (size_t)value);
}

const char *
measure_name(enum measure value)
{
	static const char *const names[] = {
		[MEASURE_VIOLATIONS] = "violations",
		[MEASURE_EVENTS] = "events",
		[MEASURE_KILLED] = "killed",
		[MEASURE_INJURED] = "injured",
		[MEASURE_CASUALTIES] = "casualties",
		[MEASURE_CIVILIANS_KILLED] = "civilians_killed",
		[MEASURE_CIVILIANS_INJURED] = "civilians_injured",
		[MEASURE_CHILDREN_KILLED] = "children_killed",
		[MEASURE_CHILDREN_INJURED] = "children_injured",
		[MEASURE_MISSING] = "missing",
		[MEASURE_SOURCES] = "sources",
		[MEASURE_PLACES] = "places",
		[MEASURE_KILLED_IN_PERIOD] = "killed_in_period",
		[MEASURE_INJURED_IN_PERIOD] = "injured_in_period",
	};

	return lookup(names, LENGTH(names), (size_t)value);
}

const char *
basis_name(enum basis value)
{
	static const char *const names[] = {
		[BASIS_CONFIRMED] = "confirmed",
		[BASIS_SUPPORTED] = "supported",
		[BASIS_REPORTED] = "reported",
		[BASIS_UPPER] = "upper",
	};

	return lookup(names, LENGTH(names), (size_t)value);
}

const char *
field_name(enum field value)
{
	static const char *const names[] = {
		[FIELD_SOURCE] = "source",     [FIELD_FEED] = "feed",
		[FIELD_KIND] = "kind",	       [FIELD_PARTY] = "party",
		[FIELD_AGAINST] = "against",   [FIELD_TARGET] = "target",
		[FIELD_COUNTRY] = "country",   [FIELD_ADMIN] = "admin",
		[FIELD_DISPUTED] = "disputed", [FIELD_DEADLINE] = "deadline",
	};

	return lookup(names, LENGTH(names), (size_t)value);
}

const char *
pool_name(enum pool_kind value)
{
	static const char *const names[] = {
		[POOL_REPORTS] = "reports", [POOL_GROUPS] = "groups",
		[POOL_BUCKETS] = "buckets", [POOL_EPISODES] = "episodes",
		[POOL_NAMES] = "names",
	};

	return lookup(names, LENGTH(names), (size_t)value);
}

const char *
msg_type_name(enum msg_type value)
{
	static const char *const names[] = {
		[MSG_TYPE_ALERT] = "Alert",
		[MSG_TYPE_UPDATE] = "Update",
		[MSG_TYPE_CANCEL] = "Cancel",
	};

	return lookup(names, LENGTH(names), (size_t)value);
}

const char *
alert_state_name(enum alert_state value)
{
	static const char *const names[] = {
		[ALERT_FIRING] = "firing",
		[ALERT_RESOLVED] = "resolved",
		[ALERT_CANCELLED] = "cancelled",
	};

	return lookup(names, LENGTH(names), (size_t)value);
}

const char *
cause_name(enum cause value)
{
	static const char *const names[] = {
		[CAUSE_CROSSED] = "crossed",
		[CAUSE_LEVEL_UP] = "level_up",
		[CAUSE_LEVEL_DOWN] = "level_down",
		[CAUSE_CERTAINTY] = "certainty",
		[CAUSE_REMINDER] = "reminder",
		[CAUSE_ESCALATED] = "escalated",
		[CAUSE_CLEARED] = "cleared",
		[CAUSE_CORRECTED] = "corrected",
		[CAUSE_ACKNOWLEDGED] = "acknowledged",
		[CAUSE_RULE_CHANGED] = "rule_changed",
		[CAUSE_PROGRESS] = "progress",
		[CAUSE_RETRACTED] = "retracted",
		[CAUSE_SILENCE_ENDED] = "silence_ended",
	};

	return lookup(names, LENGTH(names), (size_t)value);
}

const char *
severity_name(enum severity value)
{
	static const char *const names[] = {
		[SEVERITY_UNKNOWN] = "Unknown",	  [SEVERITY_MINOR] = "Minor",
		[SEVERITY_MODERATE] = "Moderate", [SEVERITY_SEVERE] = "Severe",
		[SEVERITY_EXTREME] = "Extreme",
	};

	return lookup(names, LENGTH(names), (size_t)value);
}

const char *
certainty_name(enum certainty value)
{
	static const char *const names[] = {
		[CERTAINTY_UNKNOWN] = "Unknown",
		[CERTAINTY_UNLIKELY] = "Unlikely",
		[CERTAINTY_POSSIBLE] = "Possible",
		[CERTAINTY_LIKELY] = "Likely",
		[CERTAINTY_OBSERVED] = "Observed",
	};

	return lookup(names, LENGTH(names), (size_t)value);
}

const char *
urgency_name(enum urgency value)
{
	static const char *const names[] = {
		[URGENCY_UNKNOWN] = "Unknown",
		[URGENCY_PAST] = "Past",
		[URGENCY_FUTURE] = "Future",
		[URGENCY_EXPECTED] = "Expected",
		[URGENCY_IMMEDIATE] = "Immediate",
	};

	return lookup(names, LENGTH(names), (size_t)value);
}

static size_t
min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t
name_distance(const char *left, const char *right)
{
	size_t row[NAME_SIZE];
	size_t size = strlen(right);

	if (size >= NAME_SIZE)
		return SIZE_MAX;
	for (size_t j = 0; j <= size; j++)
		row[j] = j;
	for (size_t i = 0; left[i]; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < size; j++) {
			size_t changed = diagonal + (left[i] != right[j]);

			diagonal = row[j + 1];
			row[j + 1] = min_size(changed,
					      min_size(diagonal, row[j]) + 1);
		}
	}
	return row[size];
}
