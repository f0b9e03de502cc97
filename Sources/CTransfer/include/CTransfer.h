#pragma once
#include <stddef.h>
#include <stdint.h>

/// One GET request over HTTP or HTTPS by libcurl, whose options are set by variadic functions, which
/// Swift cannot call. Certificates are always checked; a redirect never leaves HTTPS.

/// The room for each text, terminator included.
enum { HIDE_TRANSFER_TEXT_LENGTH = 512 };

/// What to ask for.
typedef struct {
    const char *address;
    const char *user_agent;
    int64_t offset;        ///< first byte wanted; 0 asks for everything and sends no range
    const char *validator; ///< sent as If-Range with an offset; NULL sends none
    long patience;         ///< seconds without a byte, or without a connection, that are borne
    long redirects;        ///< greatest number of redirects followed
} hide_transfer_request;

/// The head of the final response. Absent texts are empty, absent numbers -1.
typedef struct {
    long status;
    int64_t content_length;
    int64_t retry_after;   ///< seconds
    char content_range[HIDE_TRANSFER_TEXT_LENGTH];
    char entity_tag[HIDE_TRANSFER_TEXT_LENGTH];
    char last_modified[HIDE_TRANSFER_TEXT_LENGTH];
} hide_transfer_head;

/// What the caller does with the response. Each function returns 0 to end the transfer.
typedef struct {
    void *context;
    int (*begin)(void *context, const hide_transfer_head *head);
    int (*receive)(void *context, const void *bytes, size_t count);
    int (*go_on)(void *context); ///< asked about once a second
} hide_transfer_receiver;

/// How a transfer ended.
typedef enum {
    HIDE_TRANSFER_COMPLETE = 0, ///< the whole body came
    HIDE_TRANSFER_ENDED = 1,    ///< the receiver ended it
    HIDE_TRANSFER_NOWHERE = 2,  ///< no such host, nobody listens, no secure connection, bad address
    HIDE_TRANSFER_BROKEN = 3    ///< stalled, cut, or otherwise failed on the way
} hide_transfer_ending;

/// Prepares libcurl. Called once, before any transfer.
void hide_transfer_prepare(void);

/// Makes a request. `message` has room for HIDE_TRANSFER_TEXT_LENGTH bytes and gets the reason where
/// the ending is NOWHERE or BROKEN.
hide_transfer_ending hide_transfer_get(const hide_transfer_request *request,
                                       const hide_transfer_receiver *receiver, char *message);
