// SPDX-License-Identifier: BSD-2-Clause
// matrix.c: see matrix.h.
#include "cli/matrix.h"

#include "cli/cell.h"
#include "cli/progress.h"
#include "cli/run.h"
#include "cli/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REASONS_MAX 9u
#define FORM_WIDTH 18
#define ESP_WIDTH 24
#define AH_WIDTH 12
#define CELL_WIDTH 9

typedef struct matrix {
    const sao_options *options;
    sao_sample sample;
    sao_progress progress;
    uint64_t packets; /* replayed so far */
    uint64_t cells;   /* in all, by sao_cell_outcome, and done so far */
    uint64_t outcomes[SAO_CELL_BROKEN + 1];
    uint64_t done;
    char reasons[REASONS_MAX][sizeof((sao_cell *)NULL)->reason]; /* why cells are impossible */
    size_t reason_count;
    char *table; /* what is printed when all is over, beside the progress bar */
    size_t table_size;
    FILE *print;
    char *failed;
    size_t failed_size;
    FILE *failures;
} matrix;

/* ---- the axes -------------------------------------------------------------------------- */

static bool wants_provider(const matrix *m, const sao_crypto_provider *provider)
{
    return m->options->provider == NULL || m->options->provider == provider;
}

static bool wants_version(const matrix *m, uint8_t version)
{
    return m->options->ip_version == 0 || m->options->ip_version == version;
}

/* Every algorithm of ESP with the first one of AH, and every one of AH with the first one of ESP:
 * what one of them does to a packet the other does not see. */
static bool wants_both(const matrix *m, const sao_cipher *esp, const sao_cipher *ah)
{
    const sao_cipher *first_esp =
        m->options->cipher != NULL ? m->options->cipher : sao_cipher_at(0);
    const sao_cipher *first_ah = m->options->ah != NULL ? m->options->ah : sao_ah_cipher_at(0);

    return esp == NULL || ah == NULL || esp == first_esp || ah == first_ah;
}

static bool wants_row(const matrix *m, const sao_packet_form *form, const sao_cipher *esp,
                      const sao_cipher *ah)
{
    const sao_options *options = m->options;

    return (options->form == NULL || options->form == form) &&
           (esp != NULL) == sao_packet_form_has_esp(form) &&
           (ah != NULL) == sao_packet_form_has_ah(form) &&
           (options->cipher == NULL || esp == NULL || options->cipher == esp) &&
           (options->ah == NULL || ah == NULL || options->ah == ah) && wants_both(m, esp, ah);
}

/* Calls `row` for every row of the table, till it returns false. Index 0 of the algorithms stands
 * for none. */
static bool for_each_row(matrix *m, sao_problem *problem,
                         bool (*row)(matrix *m, const sao_protection *protection,
                                     sao_problem *problem))
{
    const sao_packet_form *form;

    for (size_t i = 0; (form = sao_packet_form_at(i)) != NULL; i++) {
        for (size_t esp = 0; esp == 0 || sao_cipher_at(esp - 1) != NULL; esp++) {
            for (size_t ah = 0; ah == 0 || sao_ah_cipher_at(ah - 1) != NULL; ah++) {
                const sao_protection protection = {
                    .form = form,
                    .esp = esp > 0 ? sao_cipher_at(esp - 1) : NULL,
                    .ah = ah > 0 ? sao_ah_cipher_at(ah - 1) : NULL,
                };

                if (wants_row(m, form, protection.esp, protection.ah) &&
                    !row(m, &protection, problem))
                    return false;
            }
        }
    }
    return true;
}

/* The same for the cells of a row, by provider, then version. */
static bool for_each_cell(matrix *m, const sao_protection *row, sao_problem *problem,
                          bool (*cell)(matrix *m, const sao_protection *protection,
                                       sao_problem *problem))
{
    const sao_crypto_provider *provider;

    for (size_t i = 0; (provider = sao_crypto_provider_at(i)) != NULL; i++) {
        for (uint8_t version = 4; version <= 6; version = (uint8_t)(version + 2)) {
            sao_protection protection = *row;

            protection.provider = provider;
            protection.ip_version = version;
            if (wants_provider(m, provider) && wants_version(m, version) &&
                !cell(m, &protection, problem))
                return false;
        }
    }
    return true;
}

static bool count_cell(matrix *m, const sao_protection *protection, sao_problem *problem)
{
    (void)protection;
    (void)problem;
    m->cells++;
    return true;
}

static bool count_row(matrix *m, const sao_protection *row, sao_problem *problem)
{
    return for_each_cell(m, row, problem, count_cell);
}

/* ---- cells ----------------------------------------------------------------------------- */

/* The footnote of a reason, from 1; 0 if there are too many. */
static size_t footnote(matrix *m, const char *reason)
{
    size_t i = 0;

    while (i < m->reason_count && strcmp(m->reasons[i], reason) != 0)
        i++;
    if (i == REASONS_MAX)
        return 0;
    if (i == m->reason_count)
        snprintf(m->reasons[m->reason_count++], sizeof m->reasons[0], "%s", reason);
    return i + 1;
}

static void note_failure(matrix *m, const sao_protection *protection, const sao_cell *cell)
{
    fprintf(m->failures, "\n%s\n    saoffload replay ", cell->reason);
    sao_text_quote(m->failures, m->options->capture);
    fputs(" --matrix", m->failures);
    sao_protection_print_options(protection, m->failures);
    sao_options_print_engine(m->options, m->failures);
    fputc('\n', m->failures);
}

/* Both versions share a provider's column. */
static void print_cell(matrix *m, const sao_protection *protection, const sao_cell *cell)
{
    const bool alone = m->options->ip_version != 0;
    char text[16];

    if (cell->outcome == SAO_CELL_PASSED)
        snprintf(text, sizeof text, "%d", protection->ip_version);
    else if (cell->outcome == SAO_CELL_FAILED)
        snprintf(text, sizeof text, "FAIL");
    else
        snprintf(text, sizeof text, "(%zu)", footnote(m, cell->reason));
    fprintf(m->print, "%s%-*s", alone || protection->ip_version == 4 ? " | " : " ",
            alone ? CELL_WIDTH : (CELL_WIDTH - 1) / 2, text);
}

static bool run_cell(matrix *m, const sao_protection *protection, sao_problem *problem)
{
    sao_cell cell;

    if (sao_run_is_interrupted())
        return sao_problem_set(problem, SAO_EXIT_INTERRUPTED, "interrupted");
    sao_cell_run(m->options, &m->sample, protection, &m->packets, &cell, problem);
    if (cell.outcome == SAO_CELL_BROKEN)
        return false;
    m->outcomes[cell.outcome]++;
    m->done++;
    print_cell(m, protection, &cell);
    if (cell.outcome == SAO_CELL_FAILED)
        note_failure(m, protection, &cell);
    if (sao_progress_due(&m->progress))
        sao_progress_show(&m->progress, (double)m->done / (double)m->cells, m->packets);
    return true;
}

static bool run_row(matrix *m, const sao_protection *row, sao_problem *problem)
{
    fprintf(m->print, "| %-*s | %-*s | %-*s", FORM_WIDTH, row->form->name, ESP_WIDTH,
            row->esp != NULL ? row->esp->name : "", AH_WIDTH, row->ah != NULL ? row->ah->name : "");
    if (!for_each_cell(m, row, problem, run_cell))
        return false;
    fputs(" |\n", m->print);
    return true;
}

/* ---- the table ------------------------------------------------------------------------- */

static void print_head(matrix *m)
{
    static const char line[] = "------------------------";
    const sao_crypto_provider *provider;

    fprintf(m->print, "| %-*s | %-*s | %-*s", FORM_WIDTH, "form", ESP_WIDTH, "ESP", AH_WIDTH, "AH");
    for (size_t i = 0; (provider = sao_crypto_provider_at(i)) != NULL; i++) {
        if (wants_provider(m, provider))
            fprintf(m->print, " | %-*s", CELL_WIDTH, provider->name);
    }
    fprintf(m->print, " |\n| %.*s | %.*s | %.*s", FORM_WIDTH, line, ESP_WIDTH, line, AH_WIDTH,
            line);
    for (size_t i = 0; (provider = sao_crypto_provider_at(i)) != NULL; i++) {
        if (wants_provider(m, provider))
            fprintf(m->print, " | %.*s", CELL_WIDTH, line);
    }
    fputs(" |\n", m->print);
}

/* Closes both texts. False: no memory for one of them. */
static bool close_texts(matrix *m)
{
    const bool good = m->print != NULL && m->failures != NULL && ferror(m->print) == 0 &&
                      ferror(m->failures) == 0;

    if (m->print != NULL && fclose(m->print) != 0)
        return false;
    return (m->failures == NULL || fclose(m->failures) == 0) && good;
}

static void print_result(const matrix *m)
{
    fputs(m->table, stdout);
    for (size_t i = 0; i < m->reason_count; i++)
        printf("%s(%zu) impossible: %s.\n", i == 0 ? "\n" : "", i + 1, m->reasons[i]);
    printf("\n%" PRIu64 " cells of %zu packets: %" PRIu64 " passed, %" PRIu64 " failed, %" PRIu64
           " impossible.\n",
           m->cells, m->sample.count, m->outcomes[SAO_CELL_PASSED], m->outcomes[SAO_CELL_FAILED],
           m->outcomes[SAO_CELL_IMPOSSIBLE]);
    if (m->outcomes[SAO_CELL_FAILED] > 0)
        printf("\nWhat failed, and how to repeat it:\n%s", m->failed);
}

/* A table in which nothing was run would not fail either. */
static bool finish(matrix *m, sao_problem *problem)
{
    if (m->outcomes[SAO_CELL_PASSED] + m->outcomes[SAO_CELL_FAILED] == 0)
        return sao_problem_set(problem, SAO_EXIT_USAGE, "--matrix: no cell that can be: %s",
                               m->reason_count > 0 ? m->reasons[0]
                                                   : "no form has these algorithms");
    if (!m->options->quiet)
        print_result(m);
    if (fflush(stdout) != 0 || ferror(stdout))
        return sao_problem_set(problem, SAO_EXIT_OUTPUT, "cannot write standard output: %s",
                               strerror(errno));
    problem->exit_status = m->outcomes[SAO_CELL_FAILED] > 0 ? SAO_EXIT_FAILED : SAO_EXIT_OK;
    return true;
}

static bool run_all(matrix *m, sao_problem *problem)
{
    bool good;

    m->print = open_memstream(&m->table, &m->table_size);
    m->failures = open_memstream(&m->failed, &m->failed_size);
    good = m->print != NULL && m->failures != NULL;
    if (good) {
        print_head(m);
        sao_progress_begin(&m->progress, m->options->quiet);
        good = for_each_row(m, problem, run_row);
        sao_progress_end(&m->progress);
    }
    if (!close_texts(m))
        return sao_problem_set(problem, SAO_EXIT_INTERNAL, "out of memory for the table");
    return good && finish(m, problem);
}

bool sao_matrix_run(const sao_options *options, sao_problem *problem)
{
    matrix *m = calloc(1, sizeof *m);
    bool good;

    if (m == NULL)
        return sao_problem_set(problem, SAO_EXIT_INTERNAL, "out of memory");
    m->options = options;
    good = sao_sample_read(&m->sample, options->capture, (size_t)options->limit,
                           options->allow_truncated, problem) &&
           for_each_row(m, problem, count_row) && run_all(m, problem);
    sao_sample_free(&m->sample);
    free(m->table);
    free(m->failed);
    free(m);
    return good;
}
