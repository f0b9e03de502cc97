#include "CTransfer.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct {
    CURL *handle;
    const hide_transfer_receiver *receiver;
    hide_transfer_head head;
    int is_announced;
    int is_ended;
} transfer;

void hide_transfer_prepare(void) { curl_global_init(CURL_GLOBAL_DEFAULT); }

// Copies the value of a header line when its name fits.
static void take(const char *line, size_t count, const char *name, char *value) {
    size_t length = strlen(name);
    if (count <= length || strncasecmp(line, name, length) != 0) return;
    const char *start = line + length;
    const char *end = line + count;
    while (start < end && (*start == ' ' || *start == '\t')) start++;
    while (end > start && (unsigned char)end[-1] <= ' ') end--;
    size_t size = (size_t)(end - start);
    if (size >= HIDE_TRANSFER_TEXT_LENGTH) size = 0;
    memcpy(value, start, size);
    value[size] = 0;
}

static size_t on_header(char *line, size_t size, size_t count, void *user) {
    transfer *state = user;
    count *= size;
    if (state->is_announced) return count;
    // A status line begins the head of the next response: that of a redirect does not count.
    if (count > 5 && strncasecmp(line, "HTTP/", 5) == 0) {
        memset(&state->head, 0, sizeof state->head);
    }
    take(line, count, "Content-Range:", state->head.content_range);
    take(line, count, "ETag:", state->head.entity_tag);
    take(line, count, "Last-Modified:", state->head.last_modified);
    return count;
}

static int announce(transfer *state) {
    if (state->is_announced) return !state->is_ended;
    state->is_announced = 1;
    curl_off_t length = -1, wait = 0;
    curl_easy_getinfo(state->handle, CURLINFO_RESPONSE_CODE, &state->head.status);
    curl_easy_getinfo(state->handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    curl_easy_getinfo(state->handle, CURLINFO_RETRY_AFTER, &wait);
    state->head.content_length = length;
    state->head.retry_after = wait > 0 ? wait : -1;
    if (!state->receiver->begin(state->receiver->context, &state->head)) state->is_ended = 1;
    return !state->is_ended;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *user) {
    transfer *state = user;
    count *= size;
    if (!announce(state)) return 0;
    if (!state->receiver->receive(state->receiver->context, bytes, count)) {
        state->is_ended = 1;
        return 0;
    }
    return count;
}

static int on_tick(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
    transfer *state = user;
    (void)a, (void)b, (void)c, (void)d;
    if (state->receiver->go_on(state->receiver->context)) return 0;
    state->is_ended = 1;
    return 1;
}

static void restrict_protocols(CURL *handle, const char *address) {
    int is_secure = strncasecmp(address, "https:", 6) == 0;
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, is_secure ? "https" : "http,https");
#else
    long both = CURLPROTO_HTTP | CURLPROTO_HTTPS;
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS, both);
    curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS, is_secure ? (long)CURLPROTO_HTTPS : both);
#endif
}

static struct curl_slist *range_headers(const hide_transfer_request *request) {
    if (request->offset <= 0) return NULL;
    char line[HIDE_TRANSFER_TEXT_LENGTH + 32];
    snprintf(line, sizeof line, "Range: bytes=%lld-", (long long)request->offset);
    struct curl_slist *headers = curl_slist_append(NULL, line);
    if (request->validator) {
        snprintf(line, sizeof line, "If-Range: %s", request->validator);
        headers = curl_slist_append(headers, line);
    }
    return headers;
}

static void set_options(CURL *handle, const hide_transfer_request *request, transfer *state,
                        struct curl_slist *headers, char *errors) {
    curl_easy_setopt(handle, CURLOPT_URL, request->address);
    curl_easy_setopt(handle, CURLOPT_USERAGENT, request->user_agent);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, errors);
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(handle, CURLOPT_MAXREDIRS, request->redirects);
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, request->patience);
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, request->patience);
    curl_easy_setopt(handle, CURLOPT_BUFFERSIZE, 256L * 1024);
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, state);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, state);
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, on_tick);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, state);
    if (headers) curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
    restrict_protocols(handle, request->address);
}

static hide_transfer_ending ending_of(CURLcode code) {
    switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE: return HIDE_TRANSFER_NOWHERE;
    default: return HIDE_TRANSFER_BROKEN;
    }
}

hide_transfer_ending hide_transfer_get(const hide_transfer_request *request,
                                       const hide_transfer_receiver *receiver, char *message) {
    char errors[CURL_ERROR_SIZE] = "";
    message[0] = 0;
    transfer state = {.handle = curl_easy_init(), .receiver = receiver};
    if (!state.handle) {
        snprintf(message, HIDE_TRANSFER_TEXT_LENGTH, "libcurl cannot start");
        return HIDE_TRANSFER_NOWHERE;
    }
    struct curl_slist *headers = range_headers(request);
    set_options(state.handle, request, &state, headers, errors);
    CURLcode code = curl_easy_perform(state.handle);
    if (code == CURLE_OK) announce(&state); // a response without a body
    curl_slist_free_all(headers);
    curl_easy_cleanup(state.handle);
    if (state.is_ended) return HIDE_TRANSFER_ENDED;
    if (code == CURLE_OK) return HIDE_TRANSFER_COMPLETE;
    snprintf(message, HIDE_TRANSFER_TEXT_LENGTH, "%s", errors[0] ? errors : curl_easy_strerror(code));
    return ending_of(code);
}
