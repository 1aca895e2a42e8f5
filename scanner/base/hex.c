/* hex.c - digit by digit. */
#include "base/hex.h"

void hex_put(char *out, const uint8_t *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = '\0';
}

bool hex_take(struct slice text, uint8_t *out, size_t n)
{
    if (text.len != 2 * n)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        int digit = hex_digit(text.ptr[i]);

        if (digit < 0 || (text.ptr[i] >= 'A' && text.ptr[i] <= 'F'))
            return false;
        out[i / 2] = (uint8_t)(out[i / 2] << 4 | digit);
    }
    return true;
}
