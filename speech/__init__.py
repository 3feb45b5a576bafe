"""Audio → transcript (Vosk) → coded symptoms; and synthesis of prompts that nobody has recorded."""
