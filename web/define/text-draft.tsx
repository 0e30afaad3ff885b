interface TextDraftProps {
  readonly text: string;
  readonly isWrong: boolean;
  readonly onText: (text: string) => void;
}

/** A stream block, as a configuration file has it. */
export function TextDraft({ text, isWrong, onText }: TextDraftProps) {
  return (
    <div class="field">
      <label for="definition-text">The stream, as a configuration file has it</label>
      <textarea
        id="definition-text"
        rows={14}
        spellcheck={false}
        aria-invalid={isWrong}
        aria-describedby="definition-problem"
        value={text}
        onInput={({ currentTarget }) => onText(currentTarget.value)}
      />
    </div>
  );
}
