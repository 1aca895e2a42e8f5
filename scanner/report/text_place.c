/*
 * text_place.c - where a credential stands, for people: as PATH:LINE:COLUMN, in history, in a
 * bucket, and elsewhere too.
 */
#include <inttypes.h>

#include "base/printable.h"
#include "report/text_private.h"

/* Other places of a credential that are listed; the rest is a number. */
enum { PLACES_LISTED = 5, COMMIT_DIGITS = 12, DATE_LEN = 10 };

/* As ripgrep colours them. */
#define COLOUR_PATH "\x1b[1;35m"
#define COLOUR_PLACE "\x1b[32m"

/* --- a place --- */

void text_format_place(char out[static TEXT_PLACE_SIZE], const struct place *place)
{
    if (place->line)
        snprintf(out, TEXT_PLACE_SIZE, "%" PRIu64 ":%" PRIu64, place->line, place->column);
    else
        snprintf(out, TEXT_PLACE_SIZE, "-");
}

/* " (history)", with the repository where the scan held more than the target itself. */
static void put_origin(struct writer *writer, const struct finding *finding)
{
    const struct git_origin *git = finding->git;
    bool message = git->kind && strcmp(git->kind, "blob");

    buf_text(&writer->line, " (");
    if (message) {
        buf_text(&writer->line, "message of ");
        printable_text(&writer->line, slice_of(git->kind));
        buf_printf(&writer->line, " %.*s", COMMIT_DIGITS, git->blob ? git->blob : "");
    } else {
        buf_text(&writer->line, "history");
    }
    if (git->repository) {
        buf_text(&writer->line, message ? " in " : " of ");
        printable_text(&writer->line, slice_of(git->repository));
    }
    buf_byte(&writer->line, ')');
}

/* The message of a commit has no path: its line and column stand alone. */
static void put_spot(struct writer *writer, const struct finding *finding, bool coloured)
{
    bool colour = coloured && writer->options->colour;
    char place[TEXT_PLACE_SIZE];

    buf_text(&writer->line, colour ? COLOUR_PATH : "");
    printable_text(&writer->line, slice_of(finding->path));
    buf_text(&writer->line, colour ? COLOUR_OFF : "");
    buf_text(&writer->line, *finding->path ? ":" : "");
    text_format_place(place, &finding->place);
    buf_printf(&writer->line, "%s%s%s", colour ? COLOUR_PLACE : "", place,
               colour ? COLOUR_OFF : "");
    if (finding_in_history(finding))
        put_origin(writer, finding);
}

void text_place(struct writer *writer, const struct finding *finding)
{
    put_spot(writer, finding, true);
}

/* --- what is known of it --- */

/* Who brought it in and when, and whether it is still to be seen. */
void text_history(struct writer *writer, const struct git_origin *git)
{
    static const char *const head[] = {
        [KNOWN_NO] = "; gone from HEAD",
        [KNOWN_YES] = "; still at HEAD",
        [KNOWN_NOT] = "",
    };
    static const char *const remote[] = {
        [KNOWN_NO] = "; on no remote",
        [KNOWN_YES] = "; on a remote",
        [KNOWN_NOT] = "",
    };

    text_label(writer, "since");
    if (!git->first_commit && git->in_work_tree) {
        buf_text(&writer->line, "not committed yet\n");
        return;
    }
    if (git->first_commit)
        buf_printf(&writer->line, "%.*s", COMMIT_DIGITS, git->first_commit);
    else
        buf_printf(&writer->line, "no commit holds object %.*s", COMMIT_DIGITS,
                   git->blob ? git->blob : "");
    if (git->date) {
        struct slice date = slice_of(git->date);

        buf_text(&writer->line, ", ");
        printable_text(&writer->line,
                       slice_sub(date, 0, date.len < DATE_LEN ? date.len : DATE_LEN));
    }
    if (git->author) {
        buf_text(&writer->line, ", ");
        printable_text(&writer->line, slice_of(git->author));
    }
    buf_printf(&writer->line, "%s%s\n", head[git->at_head], remote[git->on_remote]);
}

/* Does `path` name the object already, as it does for one that was read from its bucket? */
static bool names_object(const char *path, const struct s3_origin *s3)
{
    static const char scheme[] = "s3://";
    struct slice rest = slice_of(path);
    struct slice bucket = slice_of(s3->bucket);

    if (!slice_starts(rest, slice_of(scheme)))
        return false;
    rest = slice_sub(rest, sizeof(scheme) - 1, rest.len);
    return slice_starts(rest, bucket) && rest.len > bucket.len && rest.ptr[bucket.len] == '/' &&
           slice_starts(slice_sub(rest, bucket.len + 1, rest.len), s3->key);
}

/* The object that the document is, and its version and date where they are known. */
void text_object(struct writer *writer, const struct finding *finding)
{
    const struct s3_origin *s3 = finding->s3;
    bool named = names_object(finding->path, s3);
    const char *before = named ? "" : ", ";

    if (named && !s3->version_id && !s3->last_modified)
        return;
    text_label(writer, "object");
    if (!named) {
        buf_text(&writer->line, "s3://");
        printable_text(&writer->line, slice_of(s3->bucket));
        buf_byte(&writer->line, '/');
        printable_text(&writer->line, s3->key);
    }
    if (s3->version_id) {
        buf_printf(&writer->line, "%sversion ", before);
        printable_text(&writer->line, slice_of(s3->version_id));
        before = ", ";
    }
    if (s3->last_modified) {
        buf_text(&writer->line, before);
        printable_text(&writer->line, slice_of(s3->last_modified));
    }
    buf_byte(&writer->line, '\n');
}

/* --- the other places of a credential --- */

/* The label before the first place listed, blanks before the others. */
static void put_place_label(struct writer *writer, size_t listed)
{
    text_label(writer, listed ? "" : "also at");
}

static void put_mention(struct writer *writer, const struct finding *finding)
{
    put_spot(writer, finding, false);
    if (finding->s3 && finding->s3->version_id) {
        buf_text(&writer->line, " (version ");
        printable_text(&writer->line, slice_of(finding->s3->version_id));
        buf_byte(&writer->line, ')');
    }
    buf_byte(&writer->line, '\n');
}

/* The paths that git knows for the object beside the one in the heading; how many there are. */
static size_t put_paths(struct writer *writer, const struct finding *finding)
{
    size_t count = 0;

    for (size_t i = 0; i < finding->git->path_count; i++) {
        if (strcmp(finding->git->paths[i], finding->path) == 0)
            continue;
        if (count < PLACES_LISTED) {
            put_place_label(writer, count);
            printable_text(&writer->line, slice_of(finding->git->paths[i]));
            buf_text(&writer->line, " (history)\n");
        }
        count++;
    }
    return count;
}

void text_other_places(struct writer *writer, size_t index)
{
    const struct finding *findings = writer->outcome->findings;
    const struct mention *mentions = writer->tally->mentions;
    size_t count = finding_in_history(&findings[index]) ? put_paths(writer, &findings[index]) : 0;
    size_t total = count + mentions[index].more;

    for (size_t i = mentions[index].next; i != TALLY_NONE && count < PLACES_LISTED;
         i = mentions[i].next) {
        put_place_label(writer, count++);
        put_mention(writer, &findings[i]);
    }
    if (total > PLACES_LISTED) {
        put_place_label(writer, PLACES_LISTED);
        buf_printf(&writer->line, "and %zu more place%s\n", total - PLACES_LISTED,
                   total - PLACES_LISTED == 1 ? "" : "s");
    }
}
