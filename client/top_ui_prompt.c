/* SPDX-License-Identifier: MIT */
/* What is typed at the bottom of the screen: see top_ui.h. */
#include "top_ui.h"

#include <stdio.h>

/* The filter ------------------------------------------------------- */

/* Puts a letter behind what is typed, as UTF-8. */
static void type_letter(char *typed, size_t cap, unsigned letter)
{
	size_t len = strlen(typed);
	int n = letter < 0x80      ? 0
		: letter < 0x800   ? 1
		: letter < 0x10000 ? 2
				   : 3;
	static const unsigned char heads[] = {0, 0xC0, 0xE0, 0xF0};

	if (len + (size_t)n + 2 > cap)
		return;
	typed[len++] = (char)(heads[n] | letter >> 6 * n);
	while (n-- > 0)
		typed[len++] = (char)(0x80 | (letter >> 6 * n & 0x3F));
	typed[len] = '\0';
}

static void take_back(char *typed)
{
	size_t len = strlen(typed);

	while (len > 0 && ((unsigned char)typed[--len] & 0xC0) == 0x80)
		;
	typed[len] = '\0';
}

/* What is typed counts at once: one sees what it does. */
static enum top_act type_filter(struct top_ui *ui, unsigned key)
{
	if (key == TOP_KEY_BACKSPACE)
		take_back(ui->typed);
	else if (key == TOP_KEY_ESCAPE)
		ui->typed[0] = '\0';
	else if (key >= ' ' && key < TOP_KEY_NONE && key != 0x7F)
		type_letter(ui->typed, sizeof(ui->typed), key);
	if (key == TOP_KEY_ENTER || key == TOP_KEY_ESCAPE)
		ui->prompt = TOP_NO_PROMPT;
	memcpy(ui->order.filter, ui->typed, sizeof(ui->order.filter));
	top_ui_refresh(ui, ui->now_ms);
	return TOP_ACT_NONE;
}

/* The end of a hold ------------------------------------------------ */

/* What is chosen, where it is a hold. */
static bool take_holder(struct top_ui *ui)
{
	const struct top_open *open = &ui->model->open;
	struct top_ending *ending = &ui->ending;
	const struct top_row *row;

	if (ui->mode == TOP_IN_KEY) {
		if (ui->claims.chosen >= open->n_holders)
			return false;
		ending->kind = open->kind;
		ending->holder = open->claims[ui->claims.chosen];
		(void)snprintf(
		    ending->key, sizeof(ending->key), "%s", open->key);
		return true;
	}
	if (ui->table.n == 0)
		return false;
	row = ui->rows.at[ui->table.chosen];
	ending->kind = row->kind;
	ending->holder = row->holder;
	(void)snprintf(ending->key, sizeof(ending->key), "%s", row->name + 1);
	return row->is_held;
}

void top_ui_ask_end(struct top_ui *ui)
{
	if (take_holder(ui))
		ui->prompt = TOP_PROMPT_END;
	else
		top_ui_say(ui, true, "there is no hold to end");
}

static enum top_act answer_end(struct top_ui *ui, unsigned key)
{
	if (key == 'y' || key == 'Y') {
		ui->prompt = TOP_NO_PROMPT;
		return TOP_ACT_END;
	}
	if (key == 'n' || key == 'N' || key == 'q' || key == TOP_KEY_ESCAPE) {
		ui->prompt = TOP_NO_PROMPT;
		top_ui_say(ui, false, "nothing was ended");
	}
	return TOP_ACT_NONE;
}

enum top_act top_ui_answer(struct top_ui *ui, unsigned key)
{
	return ui->prompt == TOP_PROMPT_FILTER ? type_filter(ui, key)
					       : answer_end(ui, key);
}
