#include <matio.h>
#include <stddef.h>

/* matio prints its complaints, and ends the program after the worst kind, unless told otherwise. */
static void hide_mat_stay_silent_log(int level, char *message) {
    (void)level;
    (void)message;
}
static inline int hide_mat_stay_silent(void) {
    return Mat_LogInitFunc("hide-pipeline", hide_mat_stay_silent_log);
}
