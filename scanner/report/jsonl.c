/* jsonl.c - JSON Lines and JSON: the records, one a line or in one document. */
#include "report/record.h"

/* Write `record` and `after` out. */
static enum status write_record(struct writer *writer, cJSON *record, const char *after)
{
    json_print(writer, record);
    buf_text(&writer->line, after);
    return writer_flush(writer);
}

enum status jsonl_write(struct writer *writer)
{
    const struct outcome *outcome = writer->outcome;
    enum status status = STATUS_OK;

    for (size_t i = 0; !status && i < outcome->finding_count; i++)
        status = write_record(writer, record_finding(writer, i), "\n");
    for (size_t i = 0; !status && i < outcome->trouble_count; i++)
        status = write_record(writer, record_error(writer, &outcome->troubles[i]), "\n");
    return status ? status : write_record(writer, record_summary(writer), "\n");
}

/* A line for each record, so that the document can be read and compared by eye and by diff. */
enum status json_write(struct writer *writer)
{
    const struct outcome *outcome = writer->outcome;
    enum status status = STATUS_OK;

    buf_text(&writer->line, "{\"findings\":[");
    for (size_t i = 0; !status && i < outcome->finding_count; i++) {
        buf_text(&writer->line, i ? ",\n" : "\n");
        status = write_record(writer, record_finding(writer, i), "");
    }
    buf_text(&writer->line, "],\n\"errors\":[");
    for (size_t i = 0; !status && i < outcome->trouble_count; i++) {
        buf_text(&writer->line, i ? ",\n" : "\n");
        status = write_record(writer, record_error(writer, &outcome->troubles[i]), "");
    }
    buf_text(&writer->line, "],\n\"summary\":");
    return status ? status : write_record(writer, record_summary(writer), "}\n");
}
