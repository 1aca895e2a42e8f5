/* csv.c - values in quotes may hold commas, line ends, and quotes that are doubled. */
#include "base/csv.h"

/* One value; what ends it is returned: a comma, a line feed or -1. */
static int read_value(struct csv_row *row, struct input *input)
{
    size_t start = row->text.len;
    bool quoted = input_peek(input) == '"';
    int c;

    if (quoted)
        input_next(input);
    while ((c = input_next(input)) >= 0) {
        if (quoted && c == '"') {
            if (input_peek(input) != '"') {
                quoted = false; /* a line feed or comma comes, or what no CSV has */
                continue;
            }
            c = input_next(input);
        } else if (!quoted && (c == ',' || c == '\n')) {
            break;
        }
        if (quoted || c != '\r')
            buf_byte(&row->text, (uint8_t)c);
    }
    if (row->count < CSV_COLUMNS_MAX) /* the pointer is set when the row has stopped to grow */
        row->values[row->count++] = (struct slice){ NULL, row->text.len - start };
    buf_byte(&row->text, 0);
    return c;
}

bool csv_next(struct csv_row *row, struct input *input)
{
    size_t at = 0;

    buf_reset(&row->text);
    row->count = 0;
    if (input_peek(input) < 0)
        return false;
    while (read_value(row, input) == ',')
        ;
    if (buf_status(&row->text))
        row->count = 0;
    for (size_t i = 0; i < row->count; i++) {
        row->values[i].ptr = row->text.ptr + at;
        at += row->values[i].len + 1;
    }
    return true;
}

void csv_release(struct csv_row *row)
{
    buf_release(&row->text);
}
